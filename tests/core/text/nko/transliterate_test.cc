// SPDX-License-Identifier: Apache-2.0
#include "text/nko/transliterate.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iostream>
#include <map>

#include "support/errors.h"
#include "support/shared_data.h"
#include "text/nko/syllables.h"
#include "text/nko/utf8.h"

namespace seben::nko {
namespace {

std::string to_nko(std::string_view latin) { return latin_to_nko(latin, "t"); }
std::string to_latin(std::string_view nko) { return nko_to_latin(nko, "t"); }

TEST(Transliterate, Vowels) {
  // The table of Unicode names: EE is closed e, E open, OO closed o, O open.
  EXPECT_EQ(to_nko("a e i \u025B u o \u0254"), "\u07CA \u07CB \u07CC \u07CD \u07CE \u07CF \u07D0");
  EXPECT_EQ(to_nko("baara"), "\u07D3\u07CA\u07EF\u07D9\u07CA");
  EXPECT_EQ(to_nko("min"), "\u07E1\u07CC\u07F2");
  EXPECT_EQ(to_nko("maanna"), "\u07E1\u07CA\u07F2\u07EF\u07E3\u07CA");  // nasal mark first, as NFC has it
  EXPECT_EQ(to_nko("fai"), "\u07DD\u07CA\u07CC");
}

// Words that human N'Ko text writes thousands of times (without tone marks).
TEST(Transliterate, FrequentWords) {
  const std::map<std::string, std::string> words{
      {"ye", "\u07E6\u07CB"},      {"ko", "\u07DE\u07CF"}, {"k\u025B", "\u07DE\u07CD"},  {"t\u025B", "\u07D5\u07CD"},
      {"m\u0254", "\u07E1\u07D0"}, {"n", "\u07D2"},        {"t'a", "\u07D5\u07F4\u07CA"}};
  for (const auto& [latin, nko] : words) {
    EXPECT_EQ(to_nko(latin), nko);
    EXPECT_EQ(to_latin(nko), latin);
  }
}

TEST(Transliterate, ConsonantsAndNasals) {
  EXPECT_EQ(to_nko("gba rra"), "\u07DC\u07CA \u07DA\u07CA");
  EXPECT_EQ(to_nko("ga za va sha kha"),
            "\u07DC\u07ED\u07CA \u07D6\u07ED\u07CA \u07DD\u07ED\u07CA \u07DB\u07ED\u07CA \u07DE\u07ED\u07CA");
  EXPECT_EQ(to_nko("nya"), to_nko("\u0272a"));
  EXPECT_EQ(to_nko("nka"), "\u07D2\u07DE\u07CA");
  EXPECT_EQ(to_nko("\u014Bana"), "\u07D2\u07CA\u07E3\u07CA");
  EXPECT_EQ(to_latin("\u07D2\u07CA\u07E3\u07CA"), "\u014Bana");
  EXPECT_EQ(to_nko("krista"), "\u07DE\u07D1\u07D9\u07CC\u07DB\u07D1\u07D5\u07CA");
  EXPECT_EQ(to_nko("S\u00E8b\u00E8, 19!"), "\u07DB\u07CD\u07D3\u07CD\u07F8 \u07C1\u07C9\u07F9");
}

// Found by fuzz_nko_text: eng before y is n before y, and that is the letter for ny.
TEST(Transliterate, CanonicalSpellingIsItsOwn) {
  for (const char* latin : {"\u014By 21", "NYA", "e\u0301\u0301", "a\u0300 \u00C9 \u00D2", "sa\u014B"}) {
    const std::string once = canonical_latin(latin, "t");
    EXPECT_EQ(canonical_latin(once, "t"), once) << latin;
    EXPECT_EQ(to_latin(to_nko(latin)), once) << latin;
  }
  EXPECT_EQ(canonical_latin("\u014Bya S\u00C8", "t"), "\u0272a s\u025B");
}

TEST(Transliterate, BackFromHumanSpelling) {
  EXPECT_EQ(to_latin("\u07DD\u07DF\u07CC\u07EC"), "fili");  // one vowel written for two
  EXPECT_EQ(to_latin("\u07D4\u07D8\u07CB\u07DE\u07DF\u07CB"), "pedekele");
  EXPECT_EQ(to_latin("\u07E1\u07D0\u07F0\u07D3\u07CA\u07EC"), "m\u0254\u0254ba");  // long low tone
  EXPECT_EQ(to_latin("\u07E0\u07CA\u07EB"), "na");                                 // woloso
  EXPECT_EQ(to_latin("\u07EC"), "");
}

TEST(Transliterate, SignsThatNkoSharesWithArabic) {
  EXPECT_EQ(to_nko("mun? ay; ay"), "\u07E1\u07CE\u07F2\u061F \u07CA\u07E6\u061B \u07CA\u07E6");
  EXPECT_EQ(to_latin(to_nko("mun? ay; ay")), "mun? ay; ay");
  EXPECT_EQ(to_latin("\u07CA\u060C \u07CA\u07F8"), "a, a,");
}

// Every text of canonical letters and signs comes back, and its N'Ko is its own.
TEST(Transliterate, InventedTextsComeBack) {
  const std::u32string letters = U"aei\u025Buo\u0254bptjcdrsfklm\u0272nhwygzv\u014B   ,!?;'0189-";
  std::uint64_t seed = 7;
  const auto next = [&seed](std::size_t below) {
    seed = seed * 6364136223846793005U + 1442695040888963407U;
    return static_cast<std::size_t>(seed >> 33U) % below;
  };
  for (int round = 0; round < 20'000; ++round) {
    std::u32string invented;
    for (std::size_t i = 0, size = 1 + next(12); i < size; ++i) invented += letters[next(letters.size())];
    const std::string latin = canonical_latin(encode_utf8(invented), "t");
    // What Latin writes alike: r r and rr, g b and gb, n y and ny, three of one vowel, apostrophes between n and a
    // vowel.
    const std::string nko = to_nko(latin), back = to_latin(nko);
    ASSERT_EQ(to_nko(back), nko) << latin;
    ASSERT_EQ(seen_form(nko, "t"), nko) << latin;
  }
}

TEST(Transliterate, TextsThatLookAlikeHaveOneForm) {
  EXPECT_EQ(seen_form("\u07DB\u07EB\u07F3\u07CA", "t"), "\u07DB\u07F3\u07EB\u07CA");
  EXPECT_EQ(seen_form("\u07CA\u200C\u07EB-a\tb", "t"), "\u07CA\u07EB-a\tb");
}

void expect_lines_to_come_back(const std::string& path, std::int64_t at_least) {
  std::ifstream lines(path);
  std::int64_t seen = 0, valid = 0, words_seen = 0, same = 0;
  std::vector<std::string> examples;
  for (std::string line; std::getline(lines, line); ++seen) {
    const std::string canonical = canonical_latin(line, "t");
    ASSERT_EQ(canonical_latin(canonical, "t"), canonical);
    const std::string nko = to_nko(line), back = to_latin(nko);
    ASSERT_EQ(nfc(nko, "t"), nko);
    same += back == canonical ? 1 : 0;
    if (back != canonical && examples.size() < 10) examples.push_back(canonical + " | " + back);
    for (const std::string& word : words(normalise(nko, "t"))) {
      ++words_seen;
      valid += first_violation(word, "t") ? 0 : 1;
    }
  }
  ASSERT_GE(seen, at_least);
  for (const std::string& example : examples) std::cout << example << "\n";
  std::cout << same << " of " << seen << " lines come back, " << valid << " of " << words_seen << " words possible\n";
  EXPECT_EQ(same, seen);
  EXPECT_GE(static_cast<double>(valid), 0.99 * static_cast<double>(words_seen));
}

TEST(Transliterate, RoundTripOverBambaraText) { expect_lines_to_come_back(test::text_fixture("bambara.txt"), 1000); }

TEST(Transliterate, RoundTripOverBambaraTextOfSharedData) {
  const std::string path = test::shared_data("text/bambara_latin.txt");
  SEBEN_SKIP_WITHOUT(path);
  expect_lines_to_come_back(path, 30'000);
}

TEST(Transliterate, RefusesIllFormedBytes) {
  EXPECT_TRUE(test::is_bad_data("ill-formed", [] { (void)to_nko("a\xC3"); }));
  EXPECT_TRUE(test::is_bad_data("ill-formed", [] { (void)to_latin("\xDF"); }));
}

}  // namespace
}  // namespace seben::nko
