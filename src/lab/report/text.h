// SPDX-License-Identifier: Apache-2.0
// Texts of any origin made safe for markup, and measured.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace seben::report {

/// Code points; each byte that is not part of well-formed UTF-8 becomes U+FFFD.
[[nodiscard]] std::u32string decode(std::string_view text);
[[nodiscard]] std::string encode(std::u32string_view text);

/// For element contents and quoted attributes: the five characters with a meaning in markup as references; what XML
/// does not allow (control characters but tab and line feed, noncharacters) and what reorders text that is not its own
/// (bidirectional embeddings, overrides, isolates) as U+FFFD.
[[nodiscard]] std::string escape(std::string_view text);

/// escape(), and every stretch of N'Ko, with the spaces and marks of punctuation inside it, as an isolated <bdi>.
[[nodiscard]] std::string inline_markup(std::string_view text);

[[nodiscard]] constexpr bool is_nko(char32_t c) noexcept { return c >= 0x07C0 && c <= 0x07FF; }
/// Whether the first character with a direction is N'Ko.
[[nodiscard]] bool reads_right_to_left(std::string_view text);
[[nodiscard]] bool has_nko(std::string_view text);

/// Rough width in units of the font size, a little more than common fonts need.
[[nodiscard]] double width_in_em(std::string_view text);
/// The text, or its beginning with an ellipsis, at most `em` wide.
[[nodiscard]] std::string shortened(std::string_view text, double em);
/// Lines of at most `em`, broken at spaces; a longer word is shortened.
[[nodiscard]] std::vector<std::string> wrapped(std::string_view text, double em);

}  // namespace seben::report
