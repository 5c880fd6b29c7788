// SPDX-License-Identifier: Apache-2.0
// Tokens grouped into words, for the time of each word.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "text/tokenizer/tokenizer.h"

namespace seben::tokenizer {

struct Word {
  std::string text;  ///< UTF-8, with its space in front; U+FFFD for characters that were cut
  std::vector<std::int32_t> tokens;
};

/// A word begins with a space, is punctuation, or is one control token; where `language` (a code) is written without
/// spaces (zh, ja, th, lo, my, yue), the words are the shortest that end with a whole character. No token is lost: what
/// never becomes a whole character ends as a word of its own. Error(bad_data) for ids beyond the vocabulary.
/// Source: openai-whisper, split_to_word_tokens.
[[nodiscard]] std::vector<Word> split_to_word_tokens(const Tokenizer& tokenizer, std::span<const std::int32_t> tokens,
                                                     std::string_view language);

}  // namespace seben::tokenizer
