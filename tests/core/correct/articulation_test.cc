// SPDX-License-Identifier: Apache-2.0
#include "correct/articulation.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "text/nko/characters.h"
#include "text/nko/utf8.h"

namespace seben::correction {
namespace {

// By their Unicode names.
constexpr char32_t kA = 0x07CA, kEe = 0x07CB, kI = 0x07CC, kE = 0x07CD, kU = 0x07CE, kOo = 0x07CF, kO = 0x07D0;
constexpr char32_t kBa = 0x07D3, kPa = 0x07D4, kTa = 0x07D5, kJa = 0x07D6, kCha = 0x07D7, kDa = 0x07D8, kRa = 0x07D9,
                   kSa = 0x07DB, kFa = 0x07DD, kKa = 0x07DE, kLa = 0x07DF, kMa = 0x07E1, kNya = 0x07E2, kNa = 0x07E3,
                   kHa = 0x07E4, kYa = 0x07E6;
constexpr char32_t kShortHigh = 0x07EB, kShortLow = 0x07EC, kLongHigh = 0x07EF, kNasalMark = 0x07F2;

double distance(char32_t a, char32_t b) { return articulatory_distance(a, b); }

std::vector<char32_t> everything() {
  std::vector<char32_t> all{U' ', U'a'};
  for (char32_t c = nko::kFirst; c <= nko::kLast; ++c) all.push_back(c);
  return all;
}

TEST(Articulation, DistanceIsAMetricOverTheBlock) {
  const auto all = everything();
  for (const char32_t a : all) {
    EXPECT_EQ(distance(a, a), 0.0);
    for (const char32_t b : all) {
      EXPECT_EQ(distance(a, b), distance(b, a));
      if (a != b) {
        EXPECT_GE(distance(a, b), 0.05);
        EXPECT_LE(distance(a, b), 1.0);
      }
      for (const char32_t c : all) {
        ASSERT_LE(distance(a, c), distance(a, b) + distance(b, c) + 1e-12)
            << std::hex << static_cast<unsigned>(a) << ' ' << static_cast<unsigned>(b) << ' '
            << static_cast<unsigned>(c);
      }
    }
  }
}

TEST(Articulation, NearPairsAreCloserThanFarOnes) {
  struct Comparison {
    char32_t a, near, far;
  };
  for (const auto& [a, near, far] :
       {Comparison{kBa, kPa, kTa}, Comparison{kBa, kPa, kKa}, Comparison{kTa, kDa, kKa}, Comparison{kNa, kMa, kSa},
        Comparison{kJa, kCha, kLa}, Comparison{kRa, kLa, kBa}, Comparison{kE, kEe, kU}, Comparison{kO, kOo, kI},
        Comparison{kEe, kI, kOo}, Comparison{kA, kE, kI}, Comparison{kFa, kHa, kMa}, Comparison{kNya, kYa, kBa},
        Comparison{kShortHigh, kLongHigh, kShortLow}}) {
    EXPECT_LT(distance(a, near), distance(a, far)) << std::hex << static_cast<unsigned>(a);
  }
}

TEST(Articulation, VoicedAndVoicelessPartnersDifferInVoicingAlone) {
  for (const auto& [voiced, voiceless] : {std::array{kBa, kPa}, std::array{kDa, kTa}, std::array{kJa, kCha}}) {
    EXPECT_EQ(articulation(voiced).voicing, 1.0);
    EXPECT_EQ(articulation(voiceless).voicing, 0.0);
    const ArticulatoryDifference d = articulatory_difference(std::u32string(1, voiced), std::u32string(1, voiceless));
    EXPECT_EQ(d.voicing, 1.0);
    EXPECT_EQ(d.place + d.manner + d.nasality + d.height + d.backness, 0.0);
    EXPECT_NEAR(distance(voiced, voiceless), 0.05 + 0.15, 1e-12);
  }
}

TEST(Articulation, VowelsAreAsUnicodeNamesThem) {
  // a, e, i, open e, u, o, open o: height falls from i and u to a; front, central, back; the back ones are round.
  EXPECT_LT(articulation(kI).height, articulation(kEe).height);
  EXPECT_LT(articulation(kEe).height, articulation(kE).height);
  EXPECT_LT(articulation(kE).height, articulation(kA).height);
  EXPECT_EQ(articulation(kU).height, articulation(kI).height);
  EXPECT_EQ(articulation(kOo).height, articulation(kEe).height);
  EXPECT_EQ(articulation(kO).height, articulation(kE).height);
  for (const char32_t front : {kEe, kI, kE}) EXPECT_EQ(articulation(front).backness, 0.0);
  for (const char32_t back : {kU, kOo, kO}) {
    EXPECT_EQ(articulation(back).backness, 1.0);
    EXPECT_EQ(articulation(back).roundness, 1.0);
  }
  EXPECT_EQ(articulation(kA).roundness, 0.0);
  EXPECT_NEAR(distance(kE, kEe), 0.05 + 0.35 * 0.34, 1e-12);
  EXPECT_NEAR(distance(kI, kU), 0.05 + 0.2 + 0.1, 1e-12);
}

TEST(Articulation, KindsFollowTheCharacterClasses) {
  for (char32_t c = nko::kFirst; c <= nko::kLast; ++c) {
    const SoundKind kind = articulation(c).kind;
    switch (nko::character_class(c)) {
      case nko::CharacterClass::vowel: EXPECT_EQ(kind, SoundKind::vowel); break;
      case nko::CharacterClass::consonant:
      case nko::CharacterClass::syllabic_nasal: EXPECT_EQ(kind, SoundKind::consonant); break;
      case nko::CharacterClass::tone_mark: EXPECT_EQ(kind, SoundKind::tone); break;
      case nko::CharacterClass::nasal_mark: EXPECT_EQ(kind, SoundKind::nasal_mark); break;
      case nko::CharacterClass::digit: EXPECT_EQ(kind, SoundKind::digit); break;
      default: EXPECT_TRUE(kind == SoundKind::silent_mark || kind == SoundKind::other) << static_cast<unsigned>(c);
    }
  }
  EXPECT_EQ(articulation(U' ').kind, SoundKind::space);
  EXPECT_EQ(articulation(U'x').kind, SoundKind::other);
}

TEST(Articulation, NasalsAreNasal) {
  for (const char32_t c : {char32_t{0x07D2}, char32_t{0x07E0}, kMa, kNya, kNa, char32_t{0x07E7}, kNasalMark}) {
    EXPECT_EQ(articulation(c).nasality, 1.0) << static_cast<unsigned>(c);
  }
  EXPECT_EQ(articulation(kBa).nasality, 0.0);
}

TEST(Articulation, LongerTextsAreComparedPlaceByPlace) {
  const std::u32string ba{kBa, kA}, pa{kPa, kA}, b{kBa};
  EXPECT_NEAR(articulatory_distance(ba, pa), 0.5 * distance(kBa, kPa), 1e-12);
  EXPECT_NEAR(articulatory_distance(ba, b), 0.5, 1e-12);
  EXPECT_EQ(articulatory_distance(U"", U""), 0.0);
  EXPECT_NEAR(articulatory_difference(ba, pa).voicing, 0.5, 1e-12);
  EXPECT_EQ(articulatory_difference(ba, b).height, 0.0);
}

TEST(Articulation, MarksWeighLessThanVowelsAndTheseLessThanConsonants) {
  const auto weight = [](char32_t c) { return articulatory_weight(std::u32string(1, c)); };
  EXPECT_LT(weight(kShortHigh), weight(U' '));
  EXPECT_LT(weight(U' '), weight(kNasalMark));
  EXPECT_LT(weight(kNasalMark), weight(kA));
  EXPECT_LT(weight(kA), weight(kBa));
  EXPECT_EQ(articulatory_weight(std::u32string{kShortHigh, kA}), weight(kA));
  EXPECT_EQ(articulatory_weight(U""), 0.0);
}

}  // namespace
}  // namespace seben::correction
