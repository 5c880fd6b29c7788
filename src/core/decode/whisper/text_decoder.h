// SPDX-License-Identifier: Apache-2.0
// From the features of one window to its text.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "decode/whisper/decode_rules.h"
#include "decode/whisper/generation_config.h"
#include "decode/whisper/options.h"
#include "decode/whisper/prompt.h"
#include "decode/whisper/search.h"
#include "model/whisper/incremental_decoder.h"
#include "text/tokenizer/tokenizer.h"

namespace seben::generate {

/// Holds one window at a time and the memory for it: one object a thread. Decoder and tokenizer must outlive it.
class TextDecoder {
 public:
  /// Error(bad_data) when the tokenizer has tokens that the decoder cannot score.
  TextDecoder(const whisper::IncrementalDecoder& decoder, const tokenizer::Tokenizer& tokenizer,
              GenerationConfig config);

  /// Takes in a window: features [frames, d_model] of the encoder. The other members work on the last one heard.
  void encode(std::span<const float> features, std::int64_t frames, int threads);
  /// All languages of the vocabulary, most probable first; of an English-only model {"en", 1}.
  [[nodiscard]] std::vector<LanguageProbability> detect_language(int threads);
  /// Decodes the window, at the next temperature when it failed. Error(usage) for options that cannot be, each named.
  [[nodiscard]] DecodeResult decode(const DecodeOptions& options);
  /// hear and decode.
  [[nodiscard]] DecodeResult decode(std::span<const float> features, std::int64_t frames, const DecodeOptions& options);

  /// Scores, and weights of the alignment heads, of given tokens; see word_times.h. `request.heads` is set here if
  /// `request.weights` has room for them.
  void force(std::span<const std::int32_t> tokens, whisper::PromptRequest request, int threads);

  [[nodiscard]] const whisper::IncrementalDecoder& decoder() const noexcept { return decoder_; }
  [[nodiscard]] const tokenizer::Tokenizer& tokenizer() const noexcept { return tokenizer_; }
  [[nodiscard]] const GenerationConfig& config() const noexcept { return config_; }
  [[nodiscard]] DecoderFacts facts() const noexcept { return {tokenizer_, config_, decoder_.config()}; }
  [[nodiscard]] PromptLimits limits() const noexcept;
  [[nodiscard]] std::int64_t frames() const noexcept { return cross_.frames(); }

 private:
  [[nodiscard]] Hypothesis search(const SearchState& state, const DecodeOptions& options, double temperature) const;
  [[nodiscard]] DecodeResult describe(const Hypothesis& text, std::span<const std::int32_t> begun) const;
  void require_cache(std::int64_t rows);

  const whisper::IncrementalDecoder& decoder_;
  const tokenizer::Tokenizer& tokenizer_;
  GenerationConfig config_;
  whisper::CrossCache cross_;
  whisper::TokenCache cache_;
  std::vector<float> first_;  // scores after the prompt
};

}  // namespace seben::generate
