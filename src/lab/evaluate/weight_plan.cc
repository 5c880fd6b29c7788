// SPDX-License-Identifier: Apache-2.0
#include "evaluate/weight_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "audio/log_mel.h"
#include "codecs/allocate.h"
#include "codecs/codec.h"
#include "evaluate/evaluation_windows.h"
#include "model/whisper/encoder.h"
#include "quant/coded_weights.h"
#include "seben/error.h"

namespace seben::pipeline {
namespace {

constexpr std::size_t kProbe = 3;  // w4 among the candidates

std::vector<quant::CodecSpec> candidates_of(int group) {
  std::vector<quant::CodecSpec> out;
  for (const int bits : {8, 6, 5, 4, 3, 2}) {
    quant::CodecSpec spec;
    spec.bits = bits;
    spec.group = group;
    spec.symmetric = true;
    out.push_back(spec);
  }
  return out;
}

// One layer's tensors with its matrices as their codes give them back; everything else is the file's.
class RestoredLayer final : public tensor::WeightFile {
 public:
  RestoredLayer(const tensor::WeightFile& file, const std::vector<quant::CodedMatrix>& matrices) : file_(file) {
    for (const quant::CodedMatrix& matrix : matrices) {
      const auto rows = quant::rows_of(matrix);
      tensor::TensorView copy = file.require(matrix.name);
      const auto columns = static_cast<std::size_t>(rows->columns());
      std::vector<float>& values = values_[matrix.name];
      values.resize(static_cast<std::size_t>(copy.shape.front()) * columns);
      for (std::int64_t r = 0; r < copy.shape.front(); ++r) {
        rows->read(r, std::span(values).subspan(static_cast<std::size_t>(r) * columns, columns));
      }
      copy.dtype = tensor::DType::f32;
      copy.data = reinterpret_cast<const std::byte*>(values.data());
      views_.emplace(matrix.name, std::move(copy));
    }
  }

  using WeightFile::require;
  [[nodiscard]] const tensor::TensorView* find(std::string_view name) const override {
    const auto it = views_.find(name);
    return it != views_.end() ? &it->second : file_.find(name);
  }
  [[nodiscard]] std::vector<std::string> names() const override { return file_.names(); }
  void prefetch(const tensor::TensorView&) const override {}
  void release(const tensor::TensorView&) const override {}
  [[nodiscard]] const std::map<std::string, std::string>& metadata() const override { return file_.metadata(); }
  [[nodiscard]] const std::string& source() const override { return file_.source(); }

 private:
  const tensor::WeightFile& file_;
  std::map<std::string, std::vector<float>> values_;
  std::map<std::string, tensor::TensorView, std::less<>> views_;
};

struct Clip {
  std::vector<std::vector<float>> inputs;  // of every layer
  std::vector<float> features;
};

class Planner {
 public:
  Planner(const bundle::Bundle& bundle, const PlanOptions& options)
      : bundle_(bundle),
        options_(options),
        config_(*bundle.encoder_config()),
        encoder_(whisper::Encoder::load(*bundle.encoder_weights(), config_, {options.precision, options.threads, {}})),
        workspace_(encoder_.make_workspace(options.threads)),
        prefix_(whisper::encoder_prefix(*bundle.encoder_weights())) {}

  void encode(const EvalRow& row) {
    const std::vector<float> samples = read_one_window(row.audio);  // every layer's input of it is kept
    frontend::LogMel log_mel(static_cast<int>(config_.n_mels));
    std::vector<float> mel(static_cast<std::size_t>(config_.mel_size()));
    const auto padding = bundle_.has_head() ? bundle_.required().framing.padding : frontend::Padding::samples;
    log_mel.compute(samples, padding, mel);
    Clip clip;
    std::vector<float> stream(static_cast<std::size_t>(config_.feature_size())), next(stream.size());
    encoder_.run_stage({whisper::StageKind::convpos, 0, 0}, mel, stream, workspace_);
    for (std::int64_t i = 0; i < config_.layers; ++i) {
      clip.inputs.push_back(stream);
      encoder_.run_stage({whisper::StageKind::layers, i, i}, stream, next, workspace_);
      std::swap(stream, next);
    }
    clip.features.resize(stream.size());
    encoder_.run_stage({whisper::StageKind::finalnorm, 0, 0}, stream, clip.features, workspace_);
    clips_.push_back(std::move(clip));
  }

  LayerSensitivity measure(std::int64_t layer, const std::vector<quant::CodecSpec>& candidates) {
    LayerSensitivity out;
    out.layer = layer;
    std::vector<std::string> names;
    for (const std::string& name : bundle::layer_matrices(layer)) names.push_back(prefix_ + name);
    std::vector<quant::CodedMatrix> probe;
    for (const quant::CodecSpec& spec : candidates) {
      double error = 0.0, bytes = 0.0;
      for (const std::string& name : names) {
        const tensor::TensorView& view = bundle_.encoder_weights()->require(name);
        double own = 0.0;
        quant::CodedMatrix coded = quant::code_matrix(view, spec, &own);
        if (&spec == &candidates[kProbe]) probe.push_back(std::move(coded));
        error += own;
        bytes += static_cast<double>(quant::stored_bytes(view.shape, spec));
      }
      out.weight_error.push_back(error);
      out.bytes.push_back(bytes);
    }
    out.feature_mse = error_of(layer, probe);
    return out;
  }

 private:
  double error_of(std::int64_t layer, const std::vector<quant::CodedMatrix>& coded) {
    const RestoredLayer restored(*bundle_.encoder_weights(), coded);
    whisper::EncoderLayer own = encoder_.exchange_layer(
        layer, whisper::EncoderLayer(restored, fmt::format("{}layers.{}.", prefix_, layer), config_,
                                     {options_.precision, nullptr, 0, {}, options_.threads}));
    double sum = 0.0, count = 0.0;
    std::vector<float> stream(static_cast<std::size_t>(config_.feature_size())), features(stream.size());
    for (const Clip& clip : clips_) {
      encoder_.run_stage({whisper::StageKind::layers, layer, config_.layers - 1},
                         clip.inputs[static_cast<std::size_t>(layer)], stream, workspace_);
      encoder_.run_stage({whisper::StageKind::finalnorm, 0, 0}, stream, features, workspace_);
      for (std::size_t i = 0; i < features.size(); ++i) {
        const double d = static_cast<double>(features[i]) - static_cast<double>(clip.features[i]);
        sum += d * d;
      }
      count += static_cast<double>(features.size());
    }
    (void)encoder_.exchange_layer(layer, std::move(own));
    return sum / count;
  }

  const bundle::Bundle& bundle_;
  const PlanOptions& options_;
  whisper::EncoderConfig config_;
  whisper::Encoder encoder_;
  whisper::EncoderWorkspace workspace_;
  std::string prefix_;
  std::vector<Clip> clips_;
};

std::string how(const MeasuredPlan& m, const PlanOptions& options, std::size_t clips) {
  nlohmann::json layers = nlohmann::json::array();
  for (const LayerSensitivity& l : m.layers) layers.push_back(l.feature_mse);
  return nlohmann::json{{"budget", options.budget},
                        {"clips", clips},
                        {"probe", quant::weight_codec_name(m.candidates[kProbe])},
                        {"feature_mse_by_layer", std::move(layers)},
                        {"predicted_feature_mse", m.predicted_mse}}
      .dump();
}

}  // namespace

MeasuredPlan plan_weights(const bundle::Bundle& bundle, const std::vector<EvalRow>& calibration,
                          const PlanOptions& options,
                          const std::function<void(std::size_t done, std::size_t total)>& progress) {
  if (!bundle.encoder_config()) throw Error(ErrorCategory::usage, "--budget", "a bundle with an encoder", "none");
  MeasuredPlan out;
  out.candidates = candidates_of(options.group);
  const std::int64_t layers = bundle.encoder_config()->layers;
  // The budget is checked before anything is measured.
  const auto cheapest = bundle::WeightPlan::uniform(bundle, out.candidates.back(), options.head);
  const std::uint64_t least = bundle::planned_bytes(bundle, cheapest);
  if (options.budget < least) {
    throw Error(ErrorCategory::usage, "--budget", fmt::format("at least {} bytes, all layers in two bits", least),
                std::to_string(options.budget));
  }
  Planner planner(bundle, options);
  const std::size_t clips = std::min(options.clips, calibration.size());
  const std::size_t total = clips + static_cast<std::size_t>(layers);
  for (std::size_t i = 0; i < clips; ++i) {
    planner.encode(calibration[i * calibration.size() / clips]);
    if (progress) progress(i + 1, total);
  }
  std::vector<std::vector<quant::Choice>> items;
  double layer_bytes = 0.0;
  for (std::int64_t i = 0; i < layers; ++i) {
    out.layers.push_back(planner.measure(i, out.candidates));
    const LayerSensitivity& l = out.layers.back();
    std::vector<quant::Choice> choices;
    for (std::size_t c = 0; c < out.candidates.size(); ++c) {
      choices.push_back({l.bytes[c], l.feature_mse * l.weight_error[c] / std::max(1e-300, l.weight_error[kProbe])});
    }
    layer_bytes += l.bytes.back();
    items.push_back(std::move(choices));
    if (progress) progress(clips + static_cast<std::size_t>(i) + 1, total);
  }
  const double rest = static_cast<double>(least) - layer_bytes;  // what no layer's codec changes
  const quant::Allocation a = quant::allocate(items, static_cast<double>(options.budget) - rest, "--budget");
  for (std::int64_t i = 0; i < layers; ++i) {
    out.plan.layers[i] = out.candidates[a.chosen[static_cast<std::size_t>(i)]];
  }
  out.plan.head = options.head;
  out.predicted_mse = a.error;
  out.bytes = bundle::planned_bytes(bundle, out.plan);
  out.plan.how = how(out, options, clips);
  return out;
}

}  // namespace seben::pipeline
