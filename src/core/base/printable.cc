// SPDX-License-Identifier: Apache-2.0
#include "base/printable.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <iterator>

namespace seben::base {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

struct Character {
  char32_t code;
  std::size_t bytes;
  bool well_formed;
};

// The character at the beginning of `text`, which is not empty.
Character first_of(std::string_view text) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {lead, 1, true};
  const std::size_t bytes = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  constexpr std::array<char32_t, 5> kLeast{0, 0, 0x80, 0x800, 0x10000};
  if (lead < 0xC2 || lead > 0xF4 || text.size() < bytes) return {0, 1, false};
  char32_t code = lead & (0x7FU >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {0, 1, false};
    code = code << 6 | (byte(i) & 0x3FU);
  }
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  if (code < kLeast[bytes] || code > 0x10FFFF || surrogate) return {0, 1, false};
  return {code, bytes, true};
}

bool is_control(char32_t c) noexcept { return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x2028 || c == 0x2029; }

struct Range {
  char32_t first, last;
};

// Unicode's format characters (category Cf) without the joiners U+200C and U+200D and the visible ones of Arabic,
// Syriac and Kaithi; with the fillers of Hangul and the supplement of variation selectors, which show nothing either.
constexpr std::array kInvisible{
    Range{0x00AD, 0x00AD},   Range{0x061C, 0x061C},   Range{0x115F, 0x1160},   Range{0x180E, 0x180E},
    Range{0x200B, 0x200B},   Range{0x200E, 0x200F},   Range{0x202A, 0x202E},   Range{0x2060, 0x206F},
    Range{0x3164, 0x3164},   Range{0xFEFF, 0xFEFF},   Range{0xFFA0, 0xFFA0},   Range{0xFFF0, 0xFFFB},
    Range{0x1BCA0, 0x1BCA3}, Range{0x1D173, 0x1D17A}, Range{0xE0000, 0xE0FFF},
};

bool is_invisible(char32_t c) noexcept {
  const auto* const range = std::ranges::lower_bound(kInvisible, c, {}, &Range::last);
  return range != kInvisible.end() && c >= range->first;
}

void append_number(std::string& out, const char* format, char32_t c) {
  char number[16];
  const int length = std::snprintf(number, sizeof number, format, static_cast<unsigned>(c));
  out.append(number, static_cast<std::size_t>(length));
}

std::string made_printable(std::string_view text, bool keep_lines) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Character c = first_of(text);
    if (!c.well_formed) {
      out += kReplacement;
    } else if (keep_lines && (c.code == '\n' || c.code == '\t')) {
      out += text.front();
    } else if (is_control(c.code)) {
      out += ' ';
    } else if (is_invisible(c.code)) {
      append_number(out, "<U+%04X>", c.code);
    } else {
      out += text.substr(0, c.bytes);
    }
    text.remove_prefix(c.bytes);
  }
  return out;
}

// JSON writes what lies above U+FFFF as two halves.
void append_escape(std::string& out, char32_t c) {
  if (c <= 0xFFFF) return append_number(out, "\\u%04x", c);
  append_number(out, "\\u%04x", 0xD800 + ((c - 0x10000) >> 10));
  append_number(out, "\\u%04x", 0xDC00 + ((c - 0x10000) & 0x3FF));
}

}  // namespace

std::string printable(std::string_view text) { return made_printable(text, false); }

std::string printable_lines(std::string_view text) { return made_printable(text, true); }

std::string printable_json(std::string_view json) {
  std::string out;
  out.reserve(json.size());
  while (!json.empty()) {
    const Character c = first_of(json);
    if (!c.well_formed) {
      out += kReplacement;
    } else if (c.code >= 0x7F && (is_control(c.code) || is_invisible(c.code))) {  // below, they part its members
      append_escape(out, c.code);
    } else {
      out += json.substr(0, c.bytes);
    }
    json.remove_prefix(c.bytes);
  }
  return out;
}

}  // namespace seben::base
