// SPDX-License-Identifier: Apache-2.0
#include "base/printable.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <iterator>

#include "base/utf8.h"

namespace seben::base {
namespace {

constexpr std::string_view kIllFormed = "\xEF\xBF\xBD";  // U+FFFD

// The character at the beginning of `text`, which is not empty. Bytes that are none count one by one.
Utf8Step first_of(std::string_view text) noexcept {
  Utf8Step step = read_utf8(text, 0);
  if (!step.well_formed) step.size = 1;
  return step;
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
    const Utf8Step c = first_of(text);
    if (!c.well_formed) {
      out += kIllFormed;
    } else if (keep_lines && (c.code == '\n' || c.code == '\t')) {
      out += text.front();
    } else if (is_control(c.code)) {
      out += ' ';
    } else if (is_invisible(c.code)) {
      append_number(out, "<U+%04X>", c.code);
    } else {
      out += text.substr(0, c.size);
    }
    text.remove_prefix(c.size);
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
    const Utf8Step c = first_of(json);
    if (!c.well_formed) {
      out += kIllFormed;
    } else if (c.code >= 0x7F && (is_control(c.code) || is_invisible(c.code))) {  // below, they part its members
      append_escape(out, c.code);
    } else {
      out += json.substr(0, c.size);
    }
    json.remove_prefix(c.size);
  }
  return out;
}

}  // namespace seben::base
