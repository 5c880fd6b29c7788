// SPDX-License-Identifier: Apache-2.0
// What is never spoken.
#pragma once

#include <cstdint>
#include <vector>

#include "text/tokenizer/tokenizer.h"

namespace seben::tokenizer {

/// Tokens to suppress so that no annotations are written ("(laughs)", "[ANNA]", notes of music), in ascending order:
/// symbols and their doublings where they are one token, with and without a space before them; the first token of each
/// sign of music; a hyphen and an apostrophe at the beginning of a word. Source: openai-whisper, non_speech_tokens.
[[nodiscard]] std::vector<std::int32_t> non_speech_tokens(const Tokenizer& tokenizer);

}  // namespace seben::tokenizer
