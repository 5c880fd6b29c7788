// SPDX-License-Identifier: Apache-2.0
#include "correct/articulation.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "text/nko/characters.h"

namespace seben::correction {
namespace {

// Places of articulation, from the lips backwards.
constexpr double kBilabial = 0.0, kLabiodental = 0.1, kAlveolar = 0.3, kPostalveolar = 0.5, kPalatal = 0.6,
                 kVelar = 0.8, kLabiovelar = 0.9, kGlottal = 1.0;
constexpr double kStop = 0.0, kAffricate = 0.2, kFricative = 0.4, kNasal = 0.6, kTrill = 0.75, kTap = 0.8,
                 kLateral = 0.85, kApproximant = 1.0;

constexpr Articulation vowel(double height, double backness, double roundness) {
  Articulation a;
  a.kind = SoundKind::vowel;
  a.height = height;
  a.backness = backness;
  a.roundness = roundness;
  return a;
}
constexpr Articulation consonant(double voicing, double place, double manner) {
  Articulation a;
  a.kind = SoundKind::consonant;
  a.voicing = voicing;
  a.place = place;
  a.manner = manner;
  a.nasality = manner == kNasal ? 1.0 : 0.0;
  return a;
}
constexpr Articulation tone(double height, double length) {
  Articulation a;
  a.kind = SoundKind::tone;
  a.tone = height;
  a.length = length;
  return a;
}

// U+07CA A … U+07D0 OO.
constexpr std::array kVowels{vowel(1.0, 0.5, 0.0), vowel(0.33, 0.0, 0.0), vowel(0.0, 0.0, 0.0), vowel(0.67, 0.0, 0.0),
                             vowel(0.0, 1.0, 1.0), vowel(0.33, 1.0, 1.0), vowel(0.67, 1.0, 1.0)};

// U+07D2 N … U+07EA JONA RA.
constexpr std::array kConsonants{
    consonant(1, kVelar, kNasal),             // 07D2 syllabic n
    consonant(1, kBilabial, kStop),           // 07D3 ba
    consonant(0, kBilabial, kStop),           // 07D4 pa
    consonant(0, kAlveolar, kStop),           // 07D5 ta
    consonant(1, kPostalveolar, kAffricate),  // 07D6 ja
    consonant(0, kPostalveolar, kAffricate),  // 07D7 cha
    consonant(1, kAlveolar, kStop),           // 07D8 da
    consonant(1, kAlveolar, kTap),            // 07D9 ra
    consonant(1, kAlveolar, kTrill),          // 07DA rra
    consonant(0, kAlveolar, kFricative),      // 07DB sa
    consonant(1, kLabiovelar, kStop),         // 07DC gba
    consonant(0, kLabiodental, kFricative),   // 07DD fa
    consonant(0, kVelar, kStop),              // 07DE ka
    consonant(1, kAlveolar, kLateral),        // 07DF la
    consonant(1, kAlveolar, kNasal),          // 07E0 na woloso
    consonant(1, kBilabial, kNasal),          // 07E1 ma
    consonant(1, kPalatal, kNasal),           // 07E2 nya
    consonant(1, kAlveolar, kNasal),          // 07E3 na
    consonant(0, kGlottal, kFricative),       // 07E4 ha
    consonant(1, kLabiovelar, kApproximant),  // 07E5 wa
    consonant(1, kPalatal, kApproximant),     // 07E6 ya
    consonant(1, kPalatal, kNasal),           // 07E7 nya woloso
    consonant(1, kPostalveolar, kAffricate),  // 07E8 jona ja
    consonant(0, kPostalveolar, kAffricate),  // 07E9 jona cha
    consonant(1, kAlveolar, kTap),            // 07EA jona ra
};

// U+07EB short high … U+07F1 long rising.
constexpr std::array kTones{tone(1.0, 0.0), tone(0.0, 0.0), tone(0.6, 0.0), tone(0.4, 1.0),
                            tone(1.0, 1.0), tone(0.0, 1.0), tone(0.6, 1.0)};

constexpr double kDifferentCharacter = 0.05, kDifferentKind = 0.6;

Articulation of_kind(SoundKind kind) noexcept {
  Articulation a;
  a.kind = kind;
  a.nasality = kind == SoundKind::nasal_mark ? 1.0 : 0.0;
  return a;
}

ArticulatoryDifference difference(const Articulation& a, const Articulation& b) noexcept {
  return {std::abs(a.voicing - b.voicing),     std::abs(a.place - b.place),   std::abs(a.manner - b.manner),
          std::abs(a.nasality - b.nasality),   std::abs(a.height - b.height), std::abs(a.backness - b.backness),
          std::abs(a.roundness - b.roundness), std::abs(a.length - b.length), std::abs(a.tone - b.tone)};
}

double weight(char32_t c) noexcept {
  switch (articulation(c).kind) {
    case SoundKind::consonant: return 1.0;
    case SoundKind::vowel: return 0.7;
    case SoundKind::nasal_mark: return 0.5;
    case SoundKind::space:
    case SoundKind::silent_mark: return 0.4;
    case SoundKind::tone: return 0.3;
    case SoundKind::digit:
    case SoundKind::other: return 1.0;
  }
  return 1.0;
}

}  // namespace

Articulation articulation(char32_t c) noexcept {
  if (c >= 0x07CA && c <= 0x07D0) return kVowels[c - 0x07CA];
  if (c >= 0x07D2 && c <= 0x07EA) return kConsonants[c - 0x07D2];
  if (c >= 0x07EB && c <= 0x07F1) return kTones[c - 0x07EB];
  if (c == U' ') return of_kind(SoundKind::space);
  switch (nko::character_class(c)) {
    case nko::CharacterClass::digit: return of_kind(SoundKind::digit);
    case nko::CharacterClass::nasal_mark: return of_kind(SoundKind::nasal_mark);
    case nko::CharacterClass::dagbasinna:
    case nko::CharacterClass::double_dot:
    case nko::CharacterClass::apostrophe:
    case nko::CharacterClass::extender:
    case nko::CharacterClass::abbreviation: return of_kind(SoundKind::silent_mark);
    default: return of_kind(SoundKind::other);
  }
}

ArticulatoryDifference articulatory_difference(std::u32string_view a, std::u32string_view b) noexcept {
  if (a.size() == 1 && b.size() == 1) return difference(articulation(a[0]), articulation(b[0]));
  ArticulatoryDifference mean;
  const auto share = 1.0 / static_cast<double>(std::max<std::size_t>(1, std::max(a.size(), b.size())));
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    const ArticulatoryDifference d = difference(articulation(a[i]), articulation(b[i]));
    mean.voicing += share * d.voicing;
    mean.place += share * d.place;
    mean.manner += share * d.manner;
    mean.nasality += share * d.nasality;
    mean.height += share * d.height;
    mean.backness += share * d.backness;
    mean.roundness += share * d.roundness;
    mean.length += share * d.length;
    mean.tone += share * d.tone;
  }
  return mean;
}

double articulatory_distance(char32_t a, char32_t b) noexcept {
  if (a == b) return 0.0;
  const Articulation x = articulation(a), y = articulation(b);
  const ArticulatoryDifference d = difference(x, y);
  const double sum = kDifferentCharacter + (x.kind != y.kind ? kDifferentKind : 0.0) + 0.15 * d.voicing +
                     0.35 * d.place + 0.35 * d.manner + 0.2 * d.nasality + 0.35 * d.height + 0.2 * d.backness +
                     0.1 * d.roundness + 0.2 * d.length + 0.3 * d.tone;
  return std::min(1.0, sum);
}

double articulatory_distance(std::u32string_view a, std::u32string_view b) noexcept {
  const std::size_t longer = std::max(a.size(), b.size()), shorter = std::min(a.size(), b.size());
  if (longer == 0) return 0.0;
  auto sum = static_cast<double>(longer - shorter);
  for (std::size_t i = 0; i < shorter; ++i) sum += articulatory_distance(a[i], b[i]);
  return sum / static_cast<double>(longer);
}

double articulatory_weight(std::u32string_view text) noexcept {
  double most = 0.0;
  for (const char32_t c : text) most = std::max(most, weight(c));
  return most;
}

}  // namespace seben::correction
