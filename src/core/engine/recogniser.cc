// SPDX-License-Identifier: Apache-2.0
#include "engine/recogniser.h"

#include <algorithm>
#include <array>

#include "base/format.h"
#include "engine/stopwatch.h"
#include "seben/error.h"

namespace seben::pipeline {

namespace {

bool is_admitted(const bundle::Bundle& bundle, kernels::Precision precision, const PrecisionRequest& request) {
  return (!request.head || bundle.admits(precision)) &&
         (request.decoder == nullptr || bundle.admits(*request.decoder, precision));
}

// By the name that the records of who is to write have for it.
std::string name_of(const bundle::Bundle& bundle, kernels::Precision precision, const PrecisionRequest& request) {
  return request.decoder == nullptr ? bundle.precision_name(precision)
                                    : bundle.precision_name(*request.decoder, precision);
}

constexpr std::array kFastestFirst{kernels::Precision::int8, kernels::Precision::bf16, kernels::Precision::f32};

[[noreturn]] void refuse_precision(const bundle::Bundle& bundle, const std::string& wanted,
                                   const PrecisionRequest& request) {
  std::vector<std::string> admitted;
  for (const auto precision : kFastestFirst) {
    if (is_admitted(bundle, precision, request)) admitted.push_back(name_of(bundle, precision, request));
  }
  const std::string reader = request.decoder == nullptr ? "" : " for decoder " + request.decoder->entry->name;
  throw Error(ErrorCategory::incomplete, bundle.folder() + ": precision record",
              wanted + " admitted by a gate (seben verify precision)" + reader,
              admitted.empty() ? std::string("none") : base::format("only {}", base::join(admitted, ", ")));
}

}  // namespace

kernels::Precision choose_precision(const bundle::Bundle& bundle, const PrecisionRequest& request) {
  if (request.name == "auto") {
    for (const auto precision : kFastestFirst) {
      if (is_admitted(bundle, precision, request)) return precision;
    }
    if (request.allow_unadmitted) return kernels::Precision::f32;  // the reference, whatever the weights are coded by
    if (request.decoder == nullptr) return bundle.fastest_admitted();  // says why there is none
    refuse_precision(bundle, name_of(bundle, kernels::Precision::f32, request), request);
  }
  const auto parsed = kernels::parse_precision(request.name);
  if (!parsed) throw Error(ErrorCategory::usage, "precision", "auto, f32, bf16 or int8", request.name);
  if (!request.allow_unadmitted && !is_admitted(bundle, *parsed, request)) {
    refuse_precision(bundle, name_of(bundle, *parsed, request), request);
  }
  return *parsed;
}

std::shared_ptr<const quant::FeatureCodec> choose_feature_codec(const bundle::Bundle& bundle,
                                                                const PrecisionRequest& request) {
  const std::string& text = request.name;
  if (text.empty()) return nullptr;
  const std::int64_t dim = request.head ? bundle.required().dim : bundle.encoder_config()->d_model;
  auto codec = std::make_shared<const quant::FeatureCodec>(quant::parse_feature_policy(text, "--feature-codec"), dim,
                                                           "--feature-codec");
  const std::string name = quant::record_name(codec->policy());
  if (name == "f32" || request.allow_unadmitted) return codec;
  if (request.head && !bundle.admits(name)) {
    throw Error(ErrorCategory::incomplete, bundle.folder() + ": precision record",
                base::format("{} admitted by a gate (seben verify precision --precision {})", name, text),
                "none of that name");
  }
  if (request.decoder != nullptr) {
    throw Error(ErrorCategory::incomplete, bundle.folder() + ": precision record",
                base::format("{} admitted for decoder {}", name, request.decoder->entry->name),
                "none (no gate measures a codec for a text decoder)");
  }
  return codec;
}

void require_encoder(const bundle::Bundle& bundle) {
  if (bundle.encoder_weights() != nullptr) return;
  throw Error(ErrorCategory::usage, bundle.folder() + ": encoder",
              "an encoder, or features instead of audio (--features)", "a bundle whose features come from outside");
}

Recogniser::Recogniser(const bundle::Bundle& bundle, const RecogniserOptions& options)
    : feature_codec_(options.feature_codec), subsample_(bundle.subsample()), threads_(options.threads) {
  if (options.head) {
    vocabulary_ = bundle.vocabulary();
    feature_frames_ = bundle.required().frames;
    padding_ = bundle.required().framing.padding;
  }
  if (bundle.encoder_weights() != nullptr) {
    // Contract before arithmetic, and before the weights are even read.
    if (options.head) {
      frontend::FeatureContract provided = bundle.provided(options.precision);
      if (!options.require_admitted) provided.precision = bundle.required().precision;
      (void)bundle.require_features(provided, bundle.folder());
    }
    mel_.emplace(static_cast<int>(bundle.encoder_config()->n_mels));
    encoder_ = whisper::Encoder::load(*bundle.encoder_weights(), *bundle.encoder_config(),
                                      {options.precision, options.threads, options.progress});
  }
  // The head is a hundredth of the work; it stays in the reference arithmetic.
  if (options.head) {
    head_ = ctc::load_head(bundle.head_weights(), bundle.head_config(), kernels::Precision::f32, options.threads);
  }
}

std::unique_ptr<WindowMemory> Recogniser::make_memory() const {
  auto memory = std::make_unique<WindowMemory>();
  if (encoder_) {
    const whisper::EncoderConfig& c = encoder_->config();
    memory->mel.resize(static_cast<std::size_t>(c.mel_size()));
    memory->features.resize(static_cast<std::size_t>(c.feature_size()));
    memory->encoder.emplace(encoder_->make_workspace(threads_));
    if (head_ && subsample_ > 1) memory->kept.resize(static_cast<std::size_t>(feature_frames_ * c.d_model));
  }
  if (!head_) return memory;
  memory->head = head_->make_workspace(feature_frames_, threads_);
  memory->log_probs.classes = head_->config().classes;
  memory->log_probs.values.resize(static_cast<std::size_t>(output_frames() * head_->config().classes));
  return memory;
}

std::size_t Recogniser::weight_bytes() const noexcept {
  return (encoder_ ? encoder_->weight_bytes() : 0) + (head_ ? head_->weight_bytes() : 0);
}

std::span<const float> Recogniser::encode(std::span<const float> samples, WindowMemory& memory,
                                          Timings& timings) const {
  return encode(samples, padding_, memory, timings);
}

std::span<const float> Recogniser::encode(std::span<const float> samples, frontend::Padding padding,
                                          WindowMemory& memory, Timings& timings) const {
  {
    const Stopwatch watch(timings.mel);
    mel_->compute(samples, padding, memory.mel);
  }
  return encode_mel(memory, timings);
}

std::span<const float> Recogniser::encode_mel(WindowMemory& memory, Timings& timings) const {
  const Stopwatch watch(timings.encoder);
  encoder_->run(memory.mel, memory.features, *memory.encoder);
  ++timings.encoder_runs;
  return memory.features;
}

std::span<const float> Recogniser::features(std::span<const float> samples, WindowMemory& memory,
                                            Timings& timings) const {
  (void)encode(samples, memory, timings);
  const Stopwatch watch(timings.encoder);
  return head_features(memory);
}

std::span<const float> Recogniser::head_features(WindowMemory& memory) const {
  if (subsample_ == 1) return through_codec(memory.features, memory);
  const std::int64_t width = encoder_->config().d_model;
  for (std::int64_t t = 0; t < feature_frames_; ++t) {
    std::copy_n(memory.features.data() + t * subsample_ * width, width, memory.kept.data() + t * width);
  }
  return through_codec(memory.kept, memory);
}

std::span<const float> Recogniser::text_features(WindowMemory& memory) const {
  return through_codec(memory.features, memory);
}

std::span<const float> Recogniser::through_codec(std::span<const float> features, WindowMemory& memory) const {
  if (!feature_codec_) return features;
  memory.coded.assign(features.begin(), features.end());
  (void)quant::restore_window(*feature_codec_, memory.coded, "features");
  return memory.coded;
}

ctc::LogProbsView Recogniser::log_probs(std::span<const float> features, std::int64_t frames, WindowMemory& memory,
                                        Timings& timings) const {
  memory.log_probs.frames = head_->output_frames(frames);
  const std::span logits(memory.log_probs.values.data(),
                         static_cast<std::size_t>(memory.log_probs.frames * memory.log_probs.classes));
  {
    const Stopwatch watch(timings.head);
    head_->run(features, frames, logits, *memory.head);
    ++timings.head_runs;
  }
  const Stopwatch watch(timings.decode);
  ctc::log_softmax_masked(logits, memory.log_probs.frames, vocabulary_);
  return memory.log_probs.view();
}

}  // namespace seben::pipeline
