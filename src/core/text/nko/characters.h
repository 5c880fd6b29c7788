// SPDX-License-Identifier: Apache-2.0
// What each code point of the N'Ko block (U+07C0..U+07FF) does in the script. The classes refine the Unicode general
// categories, against which they are tested.
#pragma once

#include <cstdint>
#include <string_view>

namespace seben::nko {

enum class CharacterClass : std::uint8_t {
  digit,           ///< U+07C0..07C9
  vowel,           ///< U+07CA..07D0
  dagbasinna,      ///< U+07D1: the consonant before it has no vowel
  syllabic_nasal,  ///< U+07D2: a nasal that is a syllable by itself
  consonant,       ///< U+07D3..07EA, woloso and jona letters included
  tone_mark,       ///< U+07EB..07F1: tone and length; on some consonants the mark of a foreign sound
  nasal_mark,      ///< U+07F2: the vowel is nasal
  double_dot,      ///< U+07F3: marks foreign sounds, no nasality
  apostrophe,      ///< U+07F4, 07F5: a vowel was elided; high or low tone
  extender,        ///< U+07FA lajanyalan: stretches a word, says nothing
  abbreviation,    ///< U+07FD dantayalan, under the letters of a unit
  punctuation,     ///< U+07F7..07F9
  symbol,          ///< U+07F6, 07FE, 07FF
  unassigned,      ///< U+07FB, 07FC
  other,           ///< outside the block
};

[[nodiscard]] CharacterClass character_class(char32_t c) noexcept;
/// "digit", "vowel", …
[[nodiscard]] std::string_view to_string(CharacterClass c) noexcept;

/// Whether the code point combines with the letter before it: U+07EB..07F3 and U+07FD.
[[nodiscard]] bool is_combining(char32_t c) noexcept;

/// Whether nobody sees the code point and it parts no words: joiners, marks of direction, byte order marks, soft
/// hyphens, variation selectors, controls that are no white space. Unicode: Cc, Cf and Default_Ignorable_Code_Point.
[[nodiscard]] bool is_invisible(char32_t c) noexcept;

}  // namespace seben::nko
