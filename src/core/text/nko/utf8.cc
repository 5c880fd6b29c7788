// SPDX-License-Identifier: Apache-2.0
#include "text/nko/utf8.h"

#include <utf8proc.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

#include "base/bad_data.h"
#include "base/utf8.h"
#include "seben/error.h"
#include "text/nko/characters.h"

namespace seben::nko {
bool is_valid_utf8(std::string_view text) noexcept { return base::well_formed_prefix(text) == text.size(); }

std::u32string decode_utf8(std::string_view text, const std::string& source) {
  if (const std::size_t at = base::well_formed_prefix(text); at != text.size()) {
    base::bad_data(source, "UTF-8", "ill-formed byte at " + std::to_string(at));
  }
  return base::decode_lossy(text);
}

std::string encode_utf8(char32_t code_point) {
  std::string out;
  base::append_utf8(code_point, out);
  return out;
}

std::string encode_utf8(std::u32string_view text) {
  std::string out;
  for (const char32_t c : text) base::append_utf8(c, out);
  return out;
}

std::vector<std::string> graphemes(std::string_view text, const std::string& source) {
  std::vector<std::string> out;
  utf8proc_int32_t state = 0;
  char32_t previous = 0;
  for (const char32_t c : decode_utf8(text, source)) {
    const bool starts = out.empty() || utf8proc_grapheme_break_stateful(static_cast<utf8proc_int32_t>(previous),
                                                                        static_cast<utf8proc_int32_t>(c), &state);
    if (starts) out.emplace_back();
    out.back() += encode_utf8(c);
    previous = c;
  }
  return out;
}

std::int64_t columns(std::string_view text) {
  std::int64_t all = 0, of_grapheme = 0;
  utf8proc_int32_t state = 0, previous = 0;
  for (const char32_t c : base::decode_lossy(text)) {
    const auto code = static_cast<utf8proc_int32_t>(c);
    if (of_grapheme == 0 || utf8proc_grapheme_break_stateful(previous, code, &state)) {
      all += of_grapheme;
      of_grapheme = 1;
    }
    if (utf8proc_charwidth(code) == 2) of_grapheme = 2;
    previous = code;
  }
  return all + of_grapheme;
}

bool has_right_to_left(std::string_view text) {
  return std::ranges::any_of(base::decode_lossy(text), [](char32_t c) {
    const auto direction = utf8proc_get_property(static_cast<utf8proc_int32_t>(c))->bidi_class;
    return direction == UTF8PROC_BIDI_CLASS_R || direction == UTF8PROC_BIDI_CLASS_AL;
  });
}

std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> out;
  bool inside = false;
  for (const char c : text) {
    if (c == ' ') {
      inside = false;
    } else {
      if (!inside) out.emplace_back();
      out.back() += c;
      inside = true;
    }
  }
  return out;
}

std::string nfc(std::string_view text, const std::string& source) {
  if (!is_valid_utf8(text)) (void)decode_utf8(text, source);
  utf8proc_uint8_t* mapped = nullptr;
  const auto length =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()), static_cast<utf8proc_ssize_t>(text.size()),
                   &mapped, static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(mapped, &std::free);
  if (length < 0) throw Error(ErrorCategory::bad_data, source, "text that can be normalised", utf8proc_errmsg(length));
  return {reinterpret_cast<const char*>(mapped), static_cast<std::size_t>(length)};
}

bool is_tone_mark(char32_t c) noexcept { return c >= 0x07EB && c <= 0x07F1; }
bool is_digit(char32_t c) noexcept { return c >= 0x07C0 && c <= 0x07C9; }

namespace {

constexpr char32_t kDoubleDot = 0x07F3;

// Tone marks and the double dot have one combining class, so form C leaves either order: two spellings that look alike.
// The double dot, which belongs to the letter, comes first (decision 62).
void unite_spellings(std::u32string& text) {
  for (std::size_t i = 1; i < text.size(); ++i) {
    for (std::size_t at = i; at > 0 && text[at] == kDoubleDot && is_tone_mark(text[at - 1]); --at) {
      std::swap(text[at], text[at - 1]);
    }
  }
}

std::u32string read_seen(std::string_view text, const std::string& source) {
  std::u32string seen = decode_utf8(text, source);
  std::erase_if(seen, is_invisible);  // first, as marks on both sides of one may have to change places
  seen = decode_utf8(nfc(encode_utf8(seen), source), source);
  unite_spellings(seen);
  return seen;
}

}  // namespace

std::string seen_form(std::string_view text, const std::string& source) { return encode_utf8(read_seen(text, source)); }

std::string normalise(std::string_view text, const std::string& source, NormaliseOptions options) {
  std::string out;
  bool pending_space = false;
  for (const char32_t c : read_seen(text, source)) {
    if (options.strip_tones && is_tone_mark(c)) continue;
    if (c < kFirst || c > kLast) {
      pending_space = !out.empty();
      continue;
    }
    if (pending_space) out += ' ';
    pending_space = false;
    out += encode_utf8(c);
  }
  return out;
}

}  // namespace seben::nko
