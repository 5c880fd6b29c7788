// SPDX-License-Identifier: Apache-2.0
// From the features of one window to its text.
#pragma once

#include <cstdint>
#include <memory>
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
  /// Error(bad_data) when the tokenizer has tokens that the decoder cannot score. `memory`: of passes, shared by those
  /// that take their steps together; nullptr: its own.
  TextDecoder(const whisper::IncrementalDecoder& decoder, const tokenizer::Tokenizer& tokenizer,
              GenerationConfig config, std::shared_ptr<whisper::PassMemory> memory = nullptr);
  TextDecoder(TextDecoder&&) noexcept;
  ~TextDecoder();

  /// Another of the same model, for a window that is decoded together with this one's.
  [[nodiscard]] TextDecoder companion() const { return {decoder_, tokenizer_, config_, cache_.memory()}; }

  /// Takes in a window: features [frames, d_model] of the encoder. The other members work on the last one heard.
  void encode(std::span<const float> features, std::int64_t frames, int threads);
  /// All languages of the vocabulary, most probable first; of an English-only model {"en", 1}.
  [[nodiscard]] std::vector<LanguageProbability> detect_language(int threads);
  /// Decodes the window, at the next temperature when it failed. Error(usage) for options that cannot be, each named.
  [[nodiscard]] DecodeResult decode(const DecodeOptions& options);
  /// encode and decode.
  [[nodiscard]] DecodeResult decode(std::span<const float> features, std::int64_t frames, const DecodeOptions& options);

  /// decode() in steps, which several windows can take together: begin, step() while it is going(), take_result.
  void begin(const DecodeOptions& options);
  [[nodiscard]] bool going() const noexcept;
  [[nodiscard]] DecodeResult take_result();
  /// One token for each of these windows, all of which are going and of one model; threads and memory are the first's.
  /// What a window's text becomes does not depend on the others.
  static void step(std::span<TextDecoder* const> windows, int threads);

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
  struct Decoding;
  [[nodiscard]] std::unique_ptr<Search> search(const SearchFrame& frame, double temperature) const;
  [[nodiscard]] DecodeResult describe(const Hypothesis& text, std::span<const std::int32_t> begun) const;
  void require_cache(std::int64_t rows);
  void read_prompt();
  void make_room(double temperature);
  void attempt();
  [[nodiscard]] bool settle();

  const whisper::IncrementalDecoder& decoder_;
  const tokenizer::Tokenizer& tokenizer_;
  GenerationConfig config_;
  whisper::CrossCache cross_;
  whisper::TokenCache cache_;
  std::vector<float> scores_;  // of the steps that begin with this window
  std::unique_ptr<Decoding> decoding_;
};

}  // namespace seben::generate
