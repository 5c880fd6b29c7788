// SPDX-License-Identifier: Apache-2.0
// What is asked of Whisper's text decoder of a bundle, made ready and checked before the decoder's weights are read.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "audio/vad/silero.h"
#include "bundle/bundle.h"
#include "decode/whisper/windows.h"
#include "model/whisper/decoder_storage.h"
#include "seben/whisper_options.h"
#include "text/tokenizer/tokenizer.h"

namespace seben::pipeline {

/// Immutable once made.
class TextPlan {
 public:
  /// Error(incomplete) for a bundle without a decoder, Error(usage) naming an option that cannot be, Error(no_input)
  /// and Error(bad_data) for files that are missing, or do not fit each other. `before`, of the same decoder, lends
  /// what both need.
  TextPlan(const bundle::Bundle& bundle, const WhisperOptions& options, int threads, const TextPlan* before = nullptr);

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] const WhisperOptions& options() const noexcept { return options_; }
  [[nodiscard]] const tokenizer::Tokenizer& tokenizer() const noexcept { return *tokenizer_; }
  [[nodiscard]] const generate::GenerationConfig& config() const noexcept { return config_; }
  [[nodiscard]] const whisper::DecoderStorage& storage() const noexcept { return storage_; }
  /// How the log-mel that the decoder reads is made.
  [[nodiscard]] frontend::Framing framing() const noexcept { return framing_; }
  /// Options of one call, but for its callbacks.
  [[nodiscard]] const generate::TranscribeOptions& transcribe_options() const noexcept { return transcribe_; }
  /// Whether the silence gate finds no speech in a window's samples; always false when it is off.
  [[nodiscard]] bool is_silent(std::span<const float> samples) const;

 private:
  [[nodiscard]] generate::TranscribeOptions read_options(int threads) const;

  std::string name_;
  WhisperOptions options_;
  std::shared_ptr<const tokenizer::Tokenizer> tokenizer_;
  generate::GenerationConfig config_;
  whisper::DecoderStorage storage_;
  frontend::Framing framing_;
  std::shared_ptr<const generate::Silero> silero_;
  generate::TranscribeOptions transcribe_;
};

}  // namespace seben::pipeline
