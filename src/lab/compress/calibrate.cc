// SPDX-License-Identifier: Apache-2.0
#include "compress/calibrate.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <utility>

#include "base/interrupt.h"
#include "compress/coded_overlay.h"
#include "compress/heard_speech.h"
#include "compress/input_moments.h"
#include "model/whisper/decoder_tensors.h"
#include "model/whisper/incremental_decoder.h"
#include "model/whisper/layer.h"
#include "seben/error.h"

namespace seben::compress {
namespace {

using Items = std::vector<const bundle::WeightItem*>;

// The matrices of a file that are to have codes and are multiplied only, by the words of their names behind the layer.
Items items_of(const bundle::WeightItems& file, const std::string& layer, std::initializer_list<const char*> names) {
  Items out;
  for (const char* name : names) {
    const std::string wanted = layer + name + ".weight";
    for (const bundle::WeightItem& item : file.items) {
      if (item.part == wanted && item.spec.kind == quant::CodecKind::affine) out.push_back(&item);
    }
  }
  return out;
}

/// Chooses codes, keeps them, and puts them in their weights' places.
class Chooser {
 public:
  Chooser(CalibratedCodes& out, CodedOverlay& overlay, ChoiceError& error, int threads)
      : out_(out), overlay_(overlay), error_(error), threads_(threads) {}

  void choose(const Items& items, const InputMoments& inputs) {
    if (items.empty()) return;
    const CodeChooser chooser(inputs);
    for (const bundle::WeightItem* item : items) {
      base::throw_if_interrupted();
      quant::CodedMatrix matrix = chooser.choose(*item->view, item->spec, threads_, &error_);
      overlay_.set(matrix);
      out_.matrices.insert_or_assign(item->view, std::move(matrix));
    }
  }

 private:
  CalibratedCodes& out_;
  CodedOverlay& overlay_;
  ChoiceError& error_;
  int threads_;
};

class EncoderCalibration {
 public:
  EncoderCalibration(const bundle::Bundle& source, const bundle::WeightItems& file, HeardSpeech& heard,
                     const CalibrationOptions& options)
      : config_(*source.encoder_config()),
        file_(file),
        heard_(heard),
        options_(options),
        overlay_(*file.weights),
        encoder_(whisper::Encoder::load(*file.weights, config_, {kernels::Precision::f32, options.threads, {}})),
        workspace_(encoder_.make_workspace(options.threads)),
        prefix_(whisper::encoder_prefix(*file.weights)) {
    for (std::size_t i = 0; i < kInputs; ++i) seen_[i].resize(static_cast<std::size_t>(config_.positions * width(i)));
  }

  // The streams become features.
  void run(CalibratedCodes& out) {
    Chooser chooser(out, overlay_, out.figures.encoder, options_.threads);
    for (std::int64_t layer = 0; layer < config_.layers; ++layer) {
      choose(layer, chooser);
      const kernels::Packing packing{kernels::Precision::f32, nullptr, 0, {}, options_.threads};
      (void)encoder_.exchange_layer(
          layer, whisper::EncoderLayer(overlay_, fmt::format("{}layers.{}.", prefix_, layer), config_, packing));
      advance({whisper::StageKind::layers, layer, layer});
      if (options_.progress) options_.progress("encoder", static_cast<std::size_t>(layer) + 1, layers());
    }
    advance({whisper::StageKind::finalnorm, 0, 0});
  }

 private:
  static constexpr std::size_t kInputs = 4;

  [[nodiscard]] std::size_t layers() const { return static_cast<std::size_t>(config_.layers); }
  [[nodiscard]] std::int64_t width(std::size_t input) const {
    return input == static_cast<std::size_t>(whisper::EncoderInput::fc2) ? config_.ffn : config_.d_model;
  }

  void choose(std::int64_t layer, Chooser& chooser) {
    std::vector<InputMoments> moments;
    for (std::size_t i = 0; i < kInputs; ++i) moments.emplace_back(width(i));
    workspace_.observer = [&](whisper::EncoderInput input, std::int64_t row, const float* values) {
      const auto i = static_cast<std::size_t>(input);
      std::copy_n(values, width(i), seen_[i].data() + row * width(i));
    };
    std::vector<float> unused(static_cast<std::size_t>(config_.feature_size()));
    for (const HeardWindow& window : heard_.windows) {
      base::throw_if_interrupted();
      encoder_.run_stage({whisper::StageKind::layers, layer, layer}, window.stream, unused, workspace_);
      for (std::size_t i = 0; i < kInputs; ++i) moments[i].add(seen_[i].data(), window.frames, options_.threads);
    }
    workspace_.observer = {};
    const std::string at = fmt::format("encoder.layers.{}.", layer);
    const auto inputs = [&](whisper::EncoderInput i) -> const InputMoments& {
      return moments[static_cast<std::size_t>(i)];
    };
    chooser.choose(items_of(file_, at, {"self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"}),
                   inputs(whisper::EncoderInput::attention));
    chooser.choose(items_of(file_, at, {"self_attn.out_proj"}), inputs(whisper::EncoderInput::attention_out));
    chooser.choose(items_of(file_, at, {"fc1"}), inputs(whisper::EncoderInput::fc1));
    chooser.choose(items_of(file_, at, {"fc2"}), inputs(whisper::EncoderInput::fc2));
  }

  void advance(const whisper::Stage& stage) {
    std::vector<float> next(static_cast<std::size_t>(config_.feature_size()));
    for (HeardWindow& window : heard_.windows) {
      base::throw_if_interrupted();
      encoder_.run_stage(stage, window.stream, next, workspace_);
      std::swap(window.stream, next);
    }
  }

  whisper::EncoderConfig config_;
  const bundle::WeightItems& file_;
  HeardSpeech& heard_;
  const CalibrationOptions& options_;
  CodedOverlay overlay_;
  whisper::Encoder encoder_;
  whisper::EncoderWorkspace workspace_;
  std::string prefix_;
  std::array<std::vector<float>, kInputs> seen_;  // of one window
};

class DecoderCalibration {
 public:
  DecoderCalibration(const bundle::TextDecoder& decoder, std::size_t index, const bundle::WeightItems& file,
                     const HeardSpeech& heard, const CalibrationOptions& options)
      : config_(decoder.config),
        index_(index),
        file_(file),
        heard_(heard),
        options_(options),
        overlay_(*file.weights) {}

  // The features are those of the coded encoder; of a layer's inputs only its own are kept.
  void run(CalibratedCodes& out) {
    Chooser chooser(out, overlay_, out.figures.decoders, options_.threads);
    InputMoments features(config_.d_model);
    for (const HeardWindow& window : heard_.windows)
      features.add(window.stream.data(), window.frames, options_.threads);
    for (std::int64_t layer = 0; layer < config_.layers; ++layer) {
      const std::string at = fmt::format("decoder.layers.{}.", layer);
      chooser.choose(items_of(file_, at, {"encoder_attn.k_proj", "encoder_attn.v_proj"}), features);
      choose(layer, at, chooser);
      if (options_.progress) {
        options_.progress("text decoder", static_cast<std::size_t>(layer) + 1,
                          static_cast<std::size_t>(config_.layers));
      }
    }
  }

 private:
  static constexpr std::size_t kInputs = 6;

  void choose(std::int64_t layer, const std::string& at, Chooser& chooser) {
    using whisper::DecoderInput;
    std::vector<InputMoments> moments;
    for (std::size_t i = 0; i < kInputs; ++i) {
      moments.emplace_back(i == static_cast<std::size_t>(DecoderInput::fc2) ? config_.ffn : config_.d_model);
    }
    read_texts([&](std::int64_t of, DecoderInput input, std::int64_t rows, const float* values) {
      if (of == layer) moments[static_cast<std::size_t>(input)].add(values, rows, options_.threads);
    });
    const auto choose_for = [&](DecoderInput input, std::initializer_list<const char*> names) {
      chooser.choose(items_of(file_, at, names), moments[static_cast<std::size_t>(input)]);
    };
    choose_for(DecoderInput::self_attention, {"self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"});
    choose_for(DecoderInput::self_out, {"self_attn.out_proj"});
    choose_for(DecoderInput::cross_query, {"encoder_attn.q_proj"});
    choose_for(DecoderInput::cross_out, {"encoder_attn.out_proj"});
    choose_for(DecoderInput::fc1, {"fc1"});
    choose_for(DecoderInput::fc2, {"fc2"});
  }

  // Through the decoder as far as it is coded by now.
  void read_texts(const whisper::DecoderObserver& observer) const {
    const auto decoder =
        whisper::IncrementalDecoder::load(overlay_, config_, {kernels::Precision::f32, options_.threads, {}});
    whisper::CrossCache cross;
    for (const HeardWindow& window : heard_.windows) {
      base::throw_if_interrupted();
      const std::vector<std::int32_t>& tokens = window.tokens[index_];
      if (tokens.empty()) continue;
      decoder.encode(window.stream, heard_.positions, cross, options_.threads);
      whisper::TokenCache cache = decoder.make_cache(1);
      whisper::PromptRequest request;
      request.observer = observer;
      decoder.prompt(tokens, cache, cross, request, options_.threads);
    }
  }

  const whisper::DecoderConfig& config_;
  std::size_t index_;
  const bundle::WeightItems& file_;
  const HeardSpeech& heard_;
  const CalibrationOptions& options_;
  CodedOverlay overlay_;
};

void require(std::int64_t found, std::int64_t least, const std::string& what) {
  if (found >= least) return;
  throw Error(ErrorCategory::incomplete, "calibration", fmt::format("speech of at least {} {}", least, what),
              fmt::format("{}", found));
}

}  // namespace

bundle::MatrixCoder CalibratedCodes::coder() const {
  return [this](const bundle::WeightItem& item) {
    const auto found = matrices.find(item.view);
    return found != matrices.end() ? found->second : quant::code_matrix(*item.view, item.spec);
  };
}

CalibratedCodes calibrate_codes(const bundle::Bundle& source, const bundle::WeightPlan& plan,
                                const std::vector<std::string>& recordings, const CalibrationOptions& options) {
  if (!source.encoder_config()) throw Error(ErrorCategory::usage, "calibration", "a bundle with an encoder", "none");
  const std::vector<bundle::WeightItems> files = bundle::weight_items(source, plan);
  bundle::require_codable(files);
  std::vector<const bundle::TextDecoder*> decoders;
  std::vector<const bundle::WeightItems*> decoder_files;
  for (const bundle::WeightItems& file : files) {
    if (file.file->role != bundle::Role::decoder) continue;
    const auto decoder = std::ranges::find_if(
        source.decoders(), [&](const bundle::TextDecoder& d) { return d.weights.get() == file.weights; });
    decoders.push_back(&*decoder);
    decoder_files.push_back(&file);
  }
  HeardSpeech heard = hear(source, decoders, recordings, options);
  require(heard.frames, source.encoder_config()->ffn, "frames of 20 ms");
  for (std::size_t d = 0; d < decoders.size(); ++d) {
    require(heard.tokens[d], decoders[d]->config.d_model,
            "tokens that decoder " + decoders[d]->entry->name + " writes");
  }
  CalibratedCodes out;
  out.figures.windows = heard.windows.size();
  out.figures.frames = static_cast<std::size_t>(heard.frames);
  for (const std::int64_t tokens : heard.tokens) out.figures.tokens += static_cast<std::size_t>(tokens);
  EncoderCalibration(source, files.front(), heard, options).run(out);
  for (std::size_t d = 0; d < decoders.size(); ++d) {
    DecoderCalibration(*decoders[d], d, *decoder_files[d], heard, options).run(out);
  }
  return out;
}

}  // namespace seben::compress
