// SPDX-License-Identifier: Apache-2.0
#include "text/nko/characters.h"

#include <utf8proc.h>

#include <array>

#include "text/nko/utf8.h"

namespace seben::nko {
namespace {

struct Range {
  char32_t last;
  CharacterClass what;
};

// In order; each begins where the one before it ends.
constexpr std::array kRanges{
    Range{0x07C9, CharacterClass::digit},       Range{0x07D0, CharacterClass::vowel},
    Range{0x07D1, CharacterClass::dagbasinna},  Range{0x07D2, CharacterClass::syllabic_nasal},
    Range{0x07EA, CharacterClass::consonant},   Range{0x07F1, CharacterClass::tone_mark},
    Range{0x07F2, CharacterClass::nasal_mark},  Range{0x07F3, CharacterClass::double_dot},
    Range{0x07F5, CharacterClass::apostrophe},  Range{0x07F6, CharacterClass::symbol},
    Range{0x07F9, CharacterClass::punctuation}, Range{0x07FA, CharacterClass::extender},
    Range{0x07FC, CharacterClass::unassigned},  Range{0x07FD, CharacterClass::abbreviation},
    Range{0x07FF, CharacterClass::symbol},
};

}  // namespace

CharacterClass character_class(char32_t c) noexcept {
  if (c < kFirst) return CharacterClass::other;
  for (const Range& range : kRanges) {
    if (c <= range.last) return range.what;
  }
  return CharacterClass::other;
}

std::string_view to_string(CharacterClass c) noexcept {
  switch (c) {
    case CharacterClass::digit: return "digit";
    case CharacterClass::vowel: return "vowel";
    case CharacterClass::dagbasinna: return "dagbasinna";
    case CharacterClass::syllabic_nasal: return "syllabic nasal";
    case CharacterClass::consonant: return "consonant";
    case CharacterClass::tone_mark: return "tone mark";
    case CharacterClass::nasal_mark: return "nasal mark";
    case CharacterClass::double_dot: return "double dot";
    case CharacterClass::apostrophe: return "apostrophe";
    case CharacterClass::extender: return "extender";
    case CharacterClass::abbreviation: return "abbreviation mark";
    case CharacterClass::punctuation: return "punctuation";
    case CharacterClass::symbol: return "symbol";
    case CharacterClass::unassigned: return "unassigned";
    case CharacterClass::other: return "other";
  }
  return "";
}

bool is_combining(char32_t c) noexcept {
  switch (character_class(c)) {
    case CharacterClass::tone_mark:
    case CharacterClass::nasal_mark:
    case CharacterClass::double_dot:
    case CharacterClass::abbreviation: return true;
    default: return false;
  }
}

bool is_invisible(char32_t c) noexcept {
  if ((c >= 0x09 && c <= 0x0D) || (c >= 0x1C && c <= 0x1F) || c == 0x85) return false;  // white space
  const auto* property = utf8proc_get_property(static_cast<utf8proc_int32_t>(c));
  return property->ignorable != 0 || property->category == UTF8PROC_CATEGORY_CC ||
         property->category == UTF8PROC_CATEGORY_CF;
}

}  // namespace seben::nko
