// SPDX-License-Identifier: Apache-2.0
// Whisper's text decoder of a bundle, ready to write: network, tokenizer, lists and options.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>

#include "audio/vad/silero.h"
#include "bundle/bundle.h"
#include "decode/whisper/text_decoder.h"
#include "decode/whisper/windows.h"
#include "kernels/precision.h"
#include "model/whisper/encoder.h"
#include "model/whisper/incremental_decoder.h"
#include "seben/transcript.h"
#include "seben/whisper_options.h"
#include "text/tokenizer/tokenizer.h"

namespace seben::pipeline {

/// Immutable once loaded; threads may share it, each with a TextDecoder of its own.
class TextStage {
 public:
  /// Error(incomplete) for a bundle without a decoder, Error(usage) naming an option that cannot be, Error(bad_data)
  /// for files that do not fit each other. The bundle must outlive it.
  TextStage(const bundle::Bundle& bundle, const WhisperOptions& options, const whisper::LoadOptions& load);
  TextStage(const TextStage&) = delete;
  TextStage& operator=(const TextStage&) = delete;

  [[nodiscard]] generate::TextDecoder make_decoder() const { return {decoder_, tokenizer_, config_}; }
  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] const WhisperOptions& options() const noexcept { return options_; }
  [[nodiscard]] std::size_t weight_bytes() const noexcept { return decoder_.weight_bytes(); }

  /// Options of one call, but for its callbacks.
  [[nodiscard]] const generate::TranscribeOptions& transcribe_options() const noexcept { return transcribe_; }
  /// Whether the silence gate finds no speech in a window's samples; always false when it is off.
  [[nodiscard]] bool is_silent(std::span<const float> samples) const;

 private:
  [[nodiscard]] generate::TranscribeOptions read_options(int threads) const;
  [[nodiscard]] static whisper::DecoderStorage storage_of(const WhisperOptions& options);

  std::string name_;
  WhisperOptions options_;
  whisper::IncrementalDecoder decoder_;
  tokenizer::Tokenizer tokenizer_;
  generate::GenerationConfig config_;
  std::optional<generate::Silero> silero_;
  generate::TranscribeOptions transcribe_;
};

/// For everything that shows a segment: its times and the confidence exp(avg_logprob).
[[nodiscard]] WhisperSegment public_segment(const generate::Segment& segment);
[[nodiscard]] Segment subtitle(const WhisperSegment& segment);
/// Text, segments and words of a transcript that Whisper's decoder alone wrote.
[[nodiscard]] Transcript transcript_of(const WhisperText& text);

}  // namespace seben::pipeline
