// SPDX-License-Identifier: Apache-2.0
// Encoder and text decoder in one arithmetic: one side of a comparison of texts.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "bundle/bundle.h"
#include "engine/recogniser.h"
#include "engine/text_stage.h"
#include "seben/whisper_options.h"

namespace seben::pipeline {

/// Texts are compared as a decoder writes them when nothing is drawn and no time is asked for.
[[nodiscard]] TextPlan text_plan(const bundle::Bundle& bundle, WhisperOptions options, int threads);

/// Works on the window that was encoded last. Admitted or not.
class TextSide {
 public:
  TextSide(const bundle::Bundle& bundle, TextPlan plan, kernels::Precision precision, int threads);

  /// Features of the frames that hold the samples. Those of the padding behind them are for the decoder alone: they
  /// follow from nothing that was said, and a short recording would be judged by them.
  std::span<const float> encode(std::span<const float> samples);
  [[nodiscard]] generate::DecodeResult write() { return decoder_.decode(decode_); }
  /// Log-probabilities [tokens, vocabulary] of each token of a text, given those before it.
  [[nodiscard]] std::vector<float> score(const generate::DecodeResult& text);

  [[nodiscard]] const std::string& name() const noexcept { return stage_.plan().name(); }

 private:
  [[nodiscard]] std::int64_t frames() const { return recogniser_.encoder().config().positions; }

  Recogniser recogniser_;
  std::unique_ptr<WindowMemory> memory_;
  TextStage stage_;
  generate::TextDecoder decoder_;
  generate::DecodeOptions decode_;
};

}  // namespace seben::pipeline
