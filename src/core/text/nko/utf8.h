// SPDX-License-Identifier: Apache-2.0
// Texts by code point and by grapheme cluster (what a reader calls one letter with its marks), and in normal form.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace seben::nko {

/// The first and last code point of the N'Ko block.
inline constexpr char32_t kFirst = 0x07C0;
inline constexpr char32_t kLast = 0x07FF;

/// Whether `text` is well-formed UTF-8.
[[nodiscard]] bool is_valid_utf8(std::string_view text) noexcept;
/// Error(bad_data) starting with `source` for ill-formed text, with the byte's place.
[[nodiscard]] std::u32string decode_utf8(std::string_view text, const std::string& source);
[[nodiscard]] std::string encode_utf8(char32_t code_point);
[[nodiscard]] std::string encode_utf8(std::u32string_view text);

/// Extended grapheme clusters (Unicode UAX 29), each as UTF-8.
[[nodiscard]] std::vector<std::string> graphemes(std::string_view text, const std::string& source);
/// How many columns a text takes: one for a grapheme, two for a wide one (East Asian, emoji).
[[nodiscard]] std::int64_t columns(std::string_view text);
/// Whether there is a letter of a script that is written from right to left.
[[nodiscard]] bool has_right_to_left(std::string_view text);
/// Words between spaces.
[[nodiscard]] std::vector<std::string> words(std::string_view text);

/// Unicode normalisation form C.
[[nodiscard]] std::string nfc(std::string_view text, const std::string& source);
/// The one spelling of texts that look alike: without characters that nobody sees (characters.h), in form C, and with
/// U+07F3 before a tone mark on the same letter, whose order form C leaves (decision 62).
[[nodiscard]] std::string seen_form(std::string_view text, const std::string& source);
[[nodiscard]] bool is_tone_mark(char32_t c) noexcept;  ///< U+07EB..U+07F1
[[nodiscard]] bool is_digit(char32_t c) noexcept;      ///< U+07C0..U+07C9

struct NormaliseOptions {
  bool strip_tones = false;
};
/// What texts are compared and trained in: invisible characters (characters.h) are taken out, since a reader sees one
/// word where U+200C stands inside it; NFC; hyphen, apostrophe and everything that is neither in the N'Ko block nor a
/// space becomes a space; runs of spaces become one, none at the ends.
[[nodiscard]] std::string normalise(std::string_view text, const std::string& source, NormaliseOptions options = {});

}  // namespace seben::nko
