// SPDX-License-Identifier: Apache-2.0
#include "text/tokenizer/char_class.h"

#include <utf8proc.h>

#include <algorithm>
#include <array>

namespace seben::tokenizer {
namespace {

struct Range {
  char32_t first, last;
};

// Letters and numbers of Unicode 15 to 16 (DerivedGeneralCategory), for a utf8proc that is older: the tokenizers that
// others use know them, and one text must not depend on which library a system has.
constexpr std::array<Range, 35> kNewLetters{
    {{0x1c89, 0x1c8a},   {0xa7cb, 0xa7cd},   {0xa7da, 0xa7dc},   {0x105c0, 0x105f3}, {0x10d4a, 0x10d65},
     {0x10d6f, 0x10d85}, {0x10ec2, 0x10ec4}, {0x1123f, 0x11240}, {0x11380, 0x11389}, {0x1138b, 0x1138b},
     {0x1138e, 0x1138e}, {0x11390, 0x113b5}, {0x113b7, 0x113b7}, {0x113d1, 0x113d1}, {0x113d3, 0x113d3},
     {0x11bc0, 0x11be0}, {0x11f02, 0x11f02}, {0x11f04, 0x11f10}, {0x11f12, 0x11f33}, {0x1342f, 0x1342f},
     {0x13441, 0x13446}, {0x13460, 0x143fa}, {0x16100, 0x1611d}, {0x16d40, 0x16d6c}, {0x18cff, 0x18cff},
     {0x1b132, 0x1b132}, {0x1b155, 0x1b155}, {0x1df25, 0x1df2a}, {0x1e030, 0x1e06d}, {0x1e4d0, 0x1e4eb},
     {0x1e5d0, 0x1e5ed}, {0x1e5f0, 0x1e5f0}, {0x2b739, 0x2b739}, {0x2ebf0, 0x2ee5d}, {0x31350, 0x323af}}};
constexpr std::array<Range, 10> kNewNumbers{{{0x10d40, 0x10d49},
                                             {0x116d0, 0x116e3},
                                             {0x11bf0, 0x11bf9},
                                             {0x11f50, 0x11f59},
                                             {0x16130, 0x16139},
                                             {0x16d70, 0x16d79},
                                             {0x1ccf0, 0x1ccf9},
                                             {0x1d2c0, 0x1d2d3},
                                             {0x1e4f0, 0x1e4f9},
                                             {0x1e5f1, 0x1e5fa}}};

template <std::size_t N>
bool holds(const std::array<Range, N>& ranges, char32_t code) noexcept {
  const auto after = std::ranges::upper_bound(ranges, code, {}, &Range::first);
  return after != ranges.begin() && code <= std::prev(after)->last;
}

constexpr CharClass of_ascii(char32_t c) noexcept {
  if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) return CharClass::letter;
  if (c >= '0' && c <= '9') return CharClass::number;
  return c == ' ' || (c >= '\t' && c <= '\r') ? CharClass::space : CharClass::other;
}

constexpr std::array<CharClass, 128> kAscii = [] {
  std::array<CharClass, 128> classes{};
  for (char32_t c = 0; c < classes.size(); ++c) classes[c] = of_ascii(c);
  return classes;
}();

}  // namespace

CharClass classify(char32_t code) noexcept {
  if (code < kAscii.size()) return kAscii[code];
  switch (utf8proc_category(static_cast<utf8proc_int32_t>(code))) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO: return CharClass::letter;
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO: return CharClass::number;
    case UTF8PROC_CATEGORY_ZS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP: return CharClass::space;
    case UTF8PROC_CATEGORY_CC: return code == 0x85 ? CharClass::space : CharClass::other;  // next line
    case UTF8PROC_CATEGORY_CN:
      if (holds(kNewLetters, code)) return CharClass::letter;
      return holds(kNewNumbers, code) ? CharClass::number : CharClass::other;
    default: return CharClass::other;
  }
}

}  // namespace seben::tokenizer
