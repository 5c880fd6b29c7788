// SPDX-License-Identifier: Apache-2.0
// The printable letter that stands for each byte in GPT-2's vocabulary files: the byte's own Latin-1 character where
// that is visible, otherwise U+0100, U+0101, … in the order of the bytes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace seben::tokenizer {

/// The bytes that `letters` (UTF-8) stand for; nothing when one of them stands for none.
[[nodiscard]] std::optional<std::string> bytes_of_letters(std::string_view letters);
[[nodiscard]] std::string letters_of_bytes(std::string_view bytes);

}  // namespace seben::tokenizer
