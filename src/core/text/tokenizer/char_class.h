// SPDX-License-Identifier: Apache-2.0
// The four kinds of characters that GPT-2's pre-tokenisation tells apart.
#pragma once

namespace seben::tokenizer {

enum class CharClass : unsigned char { other, letter, number, space };

/// \p{L}, \p{N} and \s of the regular expression; \s is Unicode's White_Space property.
[[nodiscard]] CharClass classify(char32_t code) noexcept;

}  // namespace seben::tokenizer
