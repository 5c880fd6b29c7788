// SPDX-License-Identifier: Apache-2.0
// Whisper's text decoder of a bundle, ready to write, and what it wrote as people see it.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>

#include "bundle/bundle.h"
#include "decode/whisper/text_decoder.h"
#include "engine/text_plan.h"
#include "model/whisper/encoder.h"
#include "model/whisper/incremental_decoder.h"
#include "seben/transcript.h"

namespace seben::pipeline {

/// Immutable once loaded; threads may share it, each with a TextDecoder of its own.
class TextStage {
 public:
  /// Error(bad_data) for weights that do not fit. The bundle must outlive it.
  TextStage(const bundle::Bundle& bundle, TextPlan plan, const whisper::LoadOptions& load);
  TextStage(const TextStage&) = delete;
  TextStage& operator=(const TextStage&) = delete;

  /// The same weights for another plan of the same decoder.
  TextStage(const TextStage& loaded, TextPlan plan) : plan_(std::move(plan)), decoder_(loaded.decoder_) {}

  [[nodiscard]] const TextPlan& plan() const noexcept { return plan_; }
  [[nodiscard]] generate::TextDecoder make_decoder() const { return {*decoder_, plan_.tokenizer(), plan_.config()}; }
  [[nodiscard]] std::size_t weight_bytes() const noexcept { return decoder_->weight_bytes(); }

 private:
  TextPlan plan_;
  std::shared_ptr<const whisper::IncrementalDecoder> decoder_;
};

/// For everything that shows a segment: its times and the confidence exp(avg_logprob).
[[nodiscard]] WhisperSegment public_segment(const generate::Segment& segment);
[[nodiscard]] Segment subtitle(const WhisperSegment& segment);
/// Text, segments and words of a transcript that Whisper's decoder alone wrote.
[[nodiscard]] Transcript transcript_of(const WhisperText& text);

}  // namespace seben::pipeline
