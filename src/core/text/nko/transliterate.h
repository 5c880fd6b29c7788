// SPDX-License-Identifier: Apache-2.0
// Latin Bambara to N'Ko letters and back. Latin writes no tones, N'Ko writes no word the Bambara way by rule: this maps
// letters, it does not translate an orthography. What either side cannot say is stated below.
//
//   vowels      a U+07CA, e 07CB, i 07CC, ɛ 07CD, u 07CE, o 07CF, ɔ 07D0; a doubled vowel is long: U+07EF on it
//   nasals      n after a vowel and before a consonant or the word's end: U+07F2 on the vowel; n before a consonant
//               otherwise, and alone: U+07D2; ŋ before a vowel: U+07D2, elsewhere as n
//   consonants  b p t j c d r s f k l m n h w y, ɲ or ny, rr, gb by their letters; g z v sh kh, which N'Ko takes as
//               foreign, by the letter of gb j f s k with U+07ED on it; a consonant before a consonant gets U+07D1
//   others      ' becomes U+07F4; digits, comma and exclamation mark have signs of their own, question mark
//               and semicolon those that N'Ko shares with Arabic (back also its comma); the rest stays
// Back: tone marks on short vowels vanish, those of long vowels double it; a bare consonant before a syllable takes
// that syllable's vowel, as N'Ko spells it.
#pragma once

#include <string>
#include <string_view>

namespace seben::nko {

/// Capitals are lowered first, é, è, ò read as e, ɛ, ɔ, and combining diacritics dropped. Error(bad_data) for
/// ill-formed UTF-8.
[[nodiscard]] std::string latin_to_nko(std::string_view latin, const std::string& source);
/// Error(bad_data) for ill-formed UTF-8. The inverse of latin_to_nko on texts of canonical_latin.
[[nodiscard]] std::string nko_to_latin(std::string_view nko, const std::string& source);
/// The one spelling among those that latin_to_nko writes alike: lower case, ɲ for ny, n for ŋ not before a vowel.
[[nodiscard]] std::string canonical_latin(std::string_view latin, const std::string& source);

}  // namespace seben::nko
