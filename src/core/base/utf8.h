// SPDX-License-Identifier: Apache-2.0
// UTF-8, one code point at a time, with ill-formed bytes counted as the Unicode Standard advises.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace seben::base {

inline constexpr char32_t kReplacement = 0xFFFD;

/// What is read at a place: a code point, or the bytes that one U+FFFD stands for.
struct Utf8Step {
  char32_t code = kReplacement;
  unsigned size = 1;         ///< bytes taken, at least 1
  bool well_formed = false;  ///< otherwise `size` is a maximal subpart (Unicode 15, section 3.9, D93b and table 3-7)
};

/// Reads at `at`, which must be below text.size().
[[nodiscard]] Utf8Step read_utf8(std::string_view text, std::size_t at) noexcept;
/// Where the first ill-formed byte is, or text.size().
[[nodiscard]] std::size_t well_formed_prefix(std::string_view text) noexcept;
/// The text with U+FFFD for each maximal ill-formed subpart: what Rust, Python and browsers make of it.
[[nodiscard]] std::u32string decode_lossy(std::string_view bytes);
/// The same as UTF-8.
[[nodiscard]] std::string replace_ill_formed(std::string_view bytes);
void append_utf8(char32_t code, std::string& out);

}  // namespace seben::base
