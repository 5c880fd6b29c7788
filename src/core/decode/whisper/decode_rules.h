// SPDX-License-Identifier: Apache-2.0
// What a decoder's tokenizer, lists and sizes say of options: whether they can be followed, and which tokens they
// forbid. Nothing here needs the decoder's weights, so that options are refused before those are read.
#pragma once

#include <cstdint>
#include <span>

#include "decode/whisper/generation_config.h"
#include "decode/whisper/logit_rules.h"
#include "decode/whisper/options.h"
#include "decode/whisper/prompt.h"
#include "model/whisper/decoder_config.h"
#include "text/tokenizer/tokenizer.h"

namespace seben::generate {

/// A decoder without its weights; all parts must outlive it.
struct DecoderFacts {
  const tokenizer::Tokenizer& tokenizer;
  const GenerationConfig& config;
  const whisper::DecoderConfig& sizes;
};

[[nodiscard]] PromptLimits limits_of(const DecoderFacts& decoder) noexcept;

/// Whether a token is written: below <|endoftext|>, or added behind the control tokens and none of them.
[[nodiscard]] bool is_text(const tokenizer::Tokenizer& tokenizer, std::int32_t id) noexcept;

/// Error(bad_data) when another token has the place of a timestamp: the ids from <|notimestamps|> on are theirs, and a
/// decoder that was trained with them writes them.
void require_timestamps(const tokenizer::Tokenizer& tokenizer);

/// Error(bad_data) when the tokenizer has tokens that the decoder cannot score.
void require_vocabulary(const DecoderFacts& decoder);

/// Error(usage) naming a number of the options that is out of its range, whatever the decoder.
void require_ranges(const DecodeOptions& options);

/// Error(usage), or Error(bad_data) for tokens beyond the vocabulary, as TextDecoder::decode would give it with a
/// prompt of `previous` tokens.
void require_possible(const DecodeOptions& options, const DecoderFacts& decoder, std::int64_t previous);

/// `begun` is what is given of the text.
[[nodiscard]] LogitRules rules_of(const DecodeOptions& options, const DecoderFacts& decoder,
                                  std::span<const std::int32_t> begun = {});

}  // namespace seben::generate
