// SPDX-License-Identifier: Apache-2.0
#include "text/nko/syllables.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <map>
#include <random>

#include "support/errors.h"
#include "support/shared_data.h"
#include "text/nko/utf8.h"

namespace seben::nko {
namespace {

// Letters: a, i vowels; b, l, m consonants; N syllabic nasal; G dagbasinna; ^ low tone; ~ nasal mark; : double dot;
// ' apostrophe; 1 digit; _ extender; anything else itself.
std::string spell(std::string_view letters) {
  static const std::map<char, char32_t> kCodes{
      {'a', 0x07CA}, {'i', 0x07CC}, {'b', 0x07D3}, {'l', 0x07DF},  {'m', 0x07E1}, {'N', 0x07D2}, {'G', 0x07D1},
      {'^', 0x07EC}, {'~', 0x07F2}, {':', 0x07F3}, {'\'', 0x07F4}, {'1', 0x07C1}, {'_', 0x07FA}, {'!', 0x07F9}};
  std::string out;
  for (const char c : letters) {
    const auto found = kCodes.find(c);
    out += encode_utf8(found == kCodes.end() ? static_cast<char32_t>(c) : found->second);
  }
  return out;
}

class PossibleWord : public ::testing::TestWithParam<const char*> {};
TEST_P(PossibleWord, IsAccepted) { EXPECT_EQ(first_violation(spell(GetParam()), "t"), std::nullopt) << GetParam(); }
INSTANTIATE_TEST_SUITE_P(Words, PossibleWord,
                         ::testing::Values("", "a", "ba", "ba^", "ba~", "ba~^", "ba~^:", "a^la^", "bla", "bbla", "N",
                                           "N^ba", "b'a^", "b'", "ba'a", "bai^", "b^a", "b:a", "bal", "babl", "balGba",
                                           "11", "1^", "11~", "b_a", "ba la", "ba! la"));

class ImpossibleWord : public ::testing::TestWithParam<std::pair<const char*, std::size_t>> {};
TEST_P(ImpossibleWord, IsRefusedAtTheRightPlace) {
  const auto [word, letter] = GetParam();
  const std::string text = spell(word);
  EXPECT_EQ(first_violation(text, "t"), spell(std::string_view(word).substr(0, letter)).size()) << word;
}
INSTANTIATE_TEST_SUITE_P(Words, ImpossibleWord,
                         ::testing::Values(std::pair{"^ba", 0}, std::pair{"~a", 0}, std::pair{"'a", 0},
                                           std::pair{"Gba", 0}, std::pair{"_ba", 0}, std::pair{"ba^^", 3},
                                           std::pair{"ba~~", 3}, std::pair{"ba^~", 3}, std::pair{"b~a", 1},
                                           std::pair{"N~", 1}, std::pair{"blmb", 3}, std::pair{"babml", 5},
                                           std::pair{"ba ^a", 3}, std::pair{"b''", 2}, std::pair{"1'", 1},
                                           std::pair{"baG", 2}, std::pair{"bGG", 2}, std::pair{"b:^a", 2},
                                           std::pair{"b1", 1}));

void expect_human_words_to_be_possible(const std::string& path, std::int64_t at_least) {
  std::ifstream lines(path);
  std::int64_t valid = 0, total = 0, shuffled_valid = 0, shuffled_total = 0;
  std::mt19937 random(5);
  for (std::string line; std::getline(lines, line);) {
    for (const std::string& word : words(normalise(line, "t"))) {
      ++total;
      valid += first_violation(word, "t") ? 0 : 1;
      // The same letters and marks in another order: a machine that accepts everything would accept these.
      std::u32string letters = decode_utf8(word, "t");
      if (letters.size() < 4) continue;
      for (std::size_t i = letters.size(); i > 1; --i) std::swap(letters[i - 1], letters[random() % i]);
      ++shuffled_total;
      shuffled_valid += first_violation(nfc(encode_utf8(letters), "t"), "t") ? 0 : 1;
    }
  }
  ASSERT_GT(total, at_least);
  const double accepted = static_cast<double>(valid) / static_cast<double>(total);
  const double shuffled = static_cast<double>(shuffled_valid) / static_cast<double>(shuffled_total);
  EXPECT_GE(accepted, 0.99);
  EXPECT_LE(shuffled, 0.6);
  std::cout << total << " words, accepted " << accepted << ", with their letters shuffled " << shuffled << "\n";
}

TEST(FirstViolation, OfHumanText) { expect_human_words_to_be_possible(test::text_fixture("nko.txt"), 14'000); }

TEST(FirstViolation, OfHumanTextOfSharedData) {
  const std::string path = test::shared_data("text/nko_train.txt");
  SEBEN_SKIP_WITHOUT(path);
  expect_human_words_to_be_possible(path, 600'000);
}

TEST(ValidShare, CountsWords) {
  EXPECT_EQ(valid_share("", "t"), 1.0);
  EXPECT_EQ(valid_share(spell("ba la ^a ba"), "t"), 0.75);
  EXPECT_TRUE(test::is_bad_data("ill-formed", [] { (void)valid_share("\xDF", "t"); }));
}

std::string cut(std::string_view word) {
  std::string out;
  for (const Syllable& s : syllables(spell(word), "t")) {
    if (!out.empty()) out += '.';
    // Back to letters, by trying them out.
    std::string rest = s.text;
    for (std::size_t i = 0; i < word.size() && !rest.empty();) {
      const std::string one = spell(word.substr(i, 1));
      if (rest.starts_with(one)) {
        out += word[i];
        rest.erase(0, one.size());
        i = 0;
      } else {
        ++i;
      }
    }
    if (s.elided) out += '*';
  }
  return out;
}

TEST(Syllables, OfWords) {
  EXPECT_EQ(cut("ba^la~^"), "ba^.la~^");
  EXPECT_EQ(cut("bla"), "b*.la");  // the first consonant shares the vowel
  EXPECT_EQ(cut("bama"), "ba.ma");
  EXPECT_EQ(cut("abla"), "a.b*.la");
  EXPECT_EQ(cut("N^ba"), "N^.ba");
  EXPECT_EQ(cut("bai"), "ba.i");
  EXPECT_EQ(cut("baGla"), "baG.la");     // no such word, but nothing is lost
  EXPECT_EQ(cut("balGba"), "ba.lG.ba");  // the dagbasinna: no vowel is shared
  EXPECT_EQ(cut("bal"), "bal");
  EXPECT_EQ(cut("balm"), "balm");
  EXPECT_EQ(cut("bl"), "bl");
  EXPECT_EQ(cut("b'a"), "b'.a");
  EXPECT_EQ(cut("11"), "11");
  EXPECT_EQ(cut("^ba"), "^ba");
  EXPECT_TRUE(syllables("", "t").empty());
}

TEST(Syllables, LoseNothing) {
  std::mt19937 random(9);
  for (int i = 0; i < 2000; ++i) {
    std::u32string word;
    for (auto n = random() % 9; n > 0; --n) word.push_back(kFirst + static_cast<char32_t>(random() % 64));
    std::string joined;
    for (const Syllable& s : syllables(encode_utf8(word), "t")) joined += s.text;
    ASSERT_EQ(joined, encode_utf8(word));
  }
}

}  // namespace
}  // namespace seben::nko
