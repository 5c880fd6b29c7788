// SPDX-License-Identifier: Apache-2.0
#include "fit/text_check.h"

#include <gtest/gtest.h>

#include "support/errors.h"

namespace seben::correction {
namespace {

using test::is_bad_data;

constexpr const char *kA = "\u07ca", *kE = "\u07cb", *kI = "\u07cc", *kBa = "\u07d3", *kPa = "\u07d4",
                     *kHigh = "\u07eb";

std::string join(std::initializer_list<const char*> parts) {
  std::string out;
  for (const char* part : parts) out += part;
  return out;
}

class TextCheckTest : public ::testing::Test {
 protected:
  TextCheck check(const std::vector<std::pair<std::string, std::string>>& pairs, const ConfusionMaps& maps = {}) {
    std::vector<CorrectedWord> words;
    for (const auto& [before, after] : pairs) words.push_back({before, after, "test"});
    return check_text(words, nko::Vocabulary::nko_blank_last(), maps);
  }
};

TEST_F(TextCheckTest, EditsAreCountedByKind) {
  const auto found = check({{join({kBa, kA}), join({kPa, kA})},
                            {join({kBa, kA, kHigh}), join({kBa, kA})},
                            {join({kBa, kA}), join({kBa, kA, kHigh})},
                            {join({kBa, kA}), join({kBa, kA})},
                            {"\u07fb", kA}},
                           {{{EditKind::substitution, kBa, kPa, 1, 2, {}}, {EditKind::insertion, "", kA, 1, 2, {}}}});
  EXPECT_EQ(found.words, 5);
  EXPECT_EQ(found.unwritable, 1);
  EXPECT_EQ(found.unchanged, 1);
  EXPECT_EQ(found.edits, (std::array<std::int64_t, 4>{0, 1, 1, 1}));
  EXPECT_EQ(found.mapped, (std::array<std::int64_t, 4>{0, 1, 0, 0}));
  EXPECT_EQ(found.mark_edits, 2);
  EXPECT_EQ(found.all_edits(), 3);
  EXPECT_EQ(found.forced, 1);
}

TEST_F(TextCheckTest, DistancesBesideChance) {
  // ba to pa twice, a to e once. Chance: what went is ba 2, a 1; what came pa 2, e 1.
  const auto found = check(
      {{join({kBa, kA}), join({kPa, kA})}, {join({kBa, kA}), join({kPa, kA})}, {join({kBa, kA}), join({kBa, kE})}});
  const auto d = [](const char32_t a, const char32_t b) { return articulatory_distance(a, b); };
  constexpr char32_t kLetterA = 0x07CA, kLetterE = 0x07CB, kLetterBa = 0x07D3, kLetterPa = 0x07D4;
  ASSERT_EQ(found.distances.size(), 4U);
  const DistanceCheck& all = found.distances[0];
  EXPECT_EQ(all.substitutions, 3);
  EXPECT_NEAR(all.mean, (2 * d(kLetterBa, kLetterPa) + d(kLetterA, kLetterE)) / 3, 1e-12);
  EXPECT_NEAR(
      all.chance,
      (4 * d(kLetterBa, kLetterPa) + 2 * d(kLetterBa, kLetterE) + 2 * d(kLetterA, kLetterPa) + d(kLetterA, kLetterE)) /
          9,
      1e-12);
  EXPECT_LE(all.low, all.mean);
  EXPECT_GE(all.high, all.mean);
  EXPECT_EQ(found.distances[1].kind, SoundKind::vowel);
  EXPECT_EQ(found.distances[1].substitutions, 1);
  EXPECT_NEAR(found.distances[1].chance, d(kLetterA, kLetterE), 1e-12);
  EXPECT_EQ(found.distances[2].substitutions, 2);
  EXPECT_NEAR(found.distances[2].low, d(kLetterBa, kLetterPa), 1e-12);
  EXPECT_NEAR(found.distances[2].high, d(kLetterBa, kLetterPa), 1e-12);
  EXPECT_EQ(found.distances[3].substitutions, 0);
}

TEST_F(TextCheckTest, ChanceDoesNotPairASymbolWithItself) {
  const auto found = check({{join({kBa, kA}), join({kBa, kE})}, {join({kBa, kE}), join({kBa, kA})}});
  EXPECT_NEAR(found.distances[0].chance, articulatory_distance(char32_t{0x07CA}, char32_t{0x07CB}), 1e-12);
}

TEST_F(TextCheckTest, WordsOfSeveralEditsLeaveAChoiceAndDoNotCount) {
  const auto found = check({{join({kBa, kA}), join({kPa, kE})}, {join({kBa, kA, kBa}), join({kA, kBa, kI})}});
  EXPECT_EQ(found.forced, 0);
  EXPECT_EQ(found.distances[0].substitutions, 0);
  EXPECT_GE(found.all_edits(), 4);
}

TEST_F(TextCheckTest, PossibleWordsAreCounted) {
  const auto found = check({{join({kBa, "\u07f2"}), join({kBa, kA, "\u07f2"})}, {join({kBa, kA}), kA}});
  EXPECT_EQ(found.valid_before, 1);
  EXPECT_EQ(found.valid_after, 2);
}

TEST(CorrectedWords, ColumnsGoByTheirNames) {
  const auto words = parse_corrected_words("\uFEFFsource\tafter\tbefore\r\nx\tb\ta\r\n\ny\tc\t\n", "w.tsv");
  ASSERT_EQ(words.size(), 2U);
  EXPECT_EQ(words[0].before, "a");
  EXPECT_EQ(words[0].after, "b");
  EXPECT_EQ(words[0].where, "w.tsv: line 2");
  EXPECT_EQ(words[1].before, "");
  EXPECT_EQ(words[1].where, "w.tsv: line 4");
}

TEST(CorrectedWords, EveryDefectNamesItsLine) {
  const auto parse = [](std::string_view text) { (void)parse_corrected_words(text, "w.tsv"); };
  EXPECT_TRUE(is_bad_data("at least one", [&] { parse(""); }));
  EXPECT_TRUE(is_bad_data("at least one", [&] { parse("before\tafter\n"); }));
  EXPECT_TRUE(is_bad_data("line 1: expected a column after", [&] { parse("before\tx\n"); }));
  EXPECT_TRUE(is_bad_data("line 1: expected a column before", [&] { parse("\n"); }));
  EXPECT_TRUE(is_bad_data("line 3: expected 2 columns, found 1", [&] { parse("before\tafter\na\tb\nc\n"); }));
  EXPECT_TRUE(is_bad_data("line 2: after: expected UTF-8", [&] { parse("before\tafter\na\t\xff\n"); }));
}

}  // namespace
}  // namespace seben::correction
