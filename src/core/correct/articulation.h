// SPDX-License-Identifier: Apache-2.0
// How letters of N'Ko sound, so far as errors of hearing depend on it: a place for each code point in a small space of
// phonetic features. Sound values: the Unicode names and Manding phonology (docs/correction.md has the table); where
// public N'Ko code disagrees about the vowels, Unicode decides: U+07CB e, U+07CD ɛ (U+025B), U+07CF o, U+07D0 ɔ
// (U+0254).
#pragma once

#include <cstdint>
#include <string_view>

namespace seben::correction {

enum class SoundKind : std::uint8_t { vowel, consonant, tone, nasal_mark, silent_mark, digit, space, other };

/// All features 0..1; 0 where the kind has none.
struct Articulation {
  SoundKind kind = SoundKind::other;
  double voicing = 0.0;  ///< 0 voiceless, 1 voiced
  double place = 0.0;    ///< 0 lips … 1 glottis
  double manner = 0.0;   ///< 0 stop, affricate, fricative, nasal, trill, lateral, 1 approximant
  double nasality = 0.0;
  double height = 0.0;    ///< 0 close, 1 open
  double backness = 0.0;  ///< 0 front, 1 back
  double roundness = 0.0;
  double length = 0.0;  ///< of tone marks: 0 short, 1 long
  double tone = 0.0;    ///< of tone marks: 0 low, 0.4 falling, 0.6 rising, 1 high
};
[[nodiscard]] Articulation articulation(char32_t c) noexcept;

/// Absolute differences of the features, each 0..1.
struct ArticulatoryDifference {
  double voicing = 0.0, place = 0.0, manner = 0.0, nasality = 0.0;
  double height = 0.0, backness = 0.0, roundness = 0.0;
  double length = 0.0, tone = 0.0;
};
/// Of texts of one code point each; of longer ones, the mean place by place (a missing code point differs in nothing).
[[nodiscard]] ArticulatoryDifference articulatory_difference(std::u32string_view a, std::u32string_view b) noexcept;

/// 0 for equal code points, else 0.05 to 1: a metric (weighted sum of the differences, 0.6 more for different kinds, at
/// most 1). Of longer texts the mean place by place, a missing code point counting 1.
[[nodiscard]] double articulatory_distance(char32_t a, char32_t b) noexcept;
[[nodiscard]] double articulatory_distance(std::u32string_view a, std::u32string_view b) noexcept;

/// How much is lost or added with a symbol, 0..1: tone marks little, vowels more, consonants most. The largest of its
/// code points' weights.
[[nodiscard]] double articulatory_weight(std::u32string_view text) noexcept;

}  // namespace seben::correction
