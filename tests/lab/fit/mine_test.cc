// SPDX-License-Identifier: Apache-2.0
#include "fit/mine.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "support/errors.h"

namespace seben::correction {
namespace {

constexpr const char *kA = "\u07ca", *kE = "\u07cb", *kBa = "\u07d3", *kHigh = "\u07eb";

// ba a read for ba e three times and once rightly; ba for ba a and ba a high for ba a, three times each.
std::vector<TextPair> corpus() {
  const std::string ba = kBa, a = kA;
  std::vector<TextPair> pairs{{ba + a, ba + a, "right"}};
  for (int i = 0; i < 3; ++i) {
    pairs.push_back({ba + a, ba + kE, "sub"});
    pairs.push_back({ba, ba + a, "ins"});
    pairs.push_back({ba + a + kHigh, ba + a, "del"});
  }
  return pairs;
}

class Mine : public ::testing::Test {
 protected:
  nko::Vocabulary vocabulary = nko::Vocabulary::nko_blank_last();
};

TEST_F(Mine, CountsByHand) {
  const MineResult found = mine(corpus(), vocabulary, {});
  EXPECT_EQ(found.symbols, 4 * 2 + 3 * 1 + 3 * 3);
  EXPECT_EQ(found.edits, 9);
  EXPECT_EQ(found.kept, 9);
  // a stands in 7 hypotheses, 4 times at the end after ba; gaps: 4 * 3 + 3 * 2 + 3 * 4, 3 of them between ba and the
  // end.
  const ConfusionMaps expected{{{EditKind::substitution, kA, kE, 3, 7, {{kBa, "", 3, 4}}},
                                {EditKind::deletion, kHigh, "", 3, 3, {{kA, "", 3, 3}}},
                                {EditKind::insertion, "", kA, 3, 30, {{kBa, "", 3, 3}}}}};
  EXPECT_EQ(found.maps, expected);
}

TEST_F(Mine, TheOrderOfThePairsDoesNotMatter) {
  auto pairs = corpus();
  const MineResult forwards = mine(pairs, vocabulary, {});
  std::ranges::reverse(pairs);
  EXPECT_EQ(mine(pairs, vocabulary, {}).maps, forwards.maps);
}

TEST_F(Mine, WhatIsSeldomIsDropped) {
  auto pairs = corpus();
  pairs.push_back({std::string(kA) + kA, std::string(kE) + kA, "once more, at the start"});
  const MineResult found = mine(pairs, vocabulary, {4, 2, 64});
  ASSERT_EQ(found.maps.confusions.size(), 1U);
  EXPECT_EQ(found.edits, 10);
  EXPECT_EQ(found.kept, 4);
  const Confusion& a_to_e = found.maps.confusions[0];
  EXPECT_EQ(a_to_e.count, 4);
  EXPECT_EQ(a_to_e.of, 9);
  ASSERT_EQ(a_to_e.contexts.size(), 1U);  // the one at the start was seen once
  EXPECT_EQ(a_to_e.contexts[0].left, kBa);
  EXPECT_TRUE(mine(pairs, vocabulary, {5, 2, 64}).maps.confusions.empty());
}

TEST_F(Mine, OnlyTheMostFrequentContextsAreKept) {
  auto pairs = corpus();
  pairs.push_back({std::string(kA) + kA, std::string(kE) + kA, "at the start"});
  const auto contexts = [&](std::size_t most) {
    return mine(pairs, vocabulary, {3, 1, most}).maps.confusions[0].contexts;
  };
  EXPECT_EQ(contexts(64).size(), 2U);
  EXPECT_EQ(contexts(64)[0].left, "");  // in order
  ASSERT_EQ(contexts(1).size(), 1U);
  EXPECT_EQ(contexts(1)[0].left, kBa);
  EXPECT_TRUE(contexts(0).empty());
}

TEST_F(Mine, TextsAreNormalised) {
  const std::string a = kA;
  const std::vector<TextPair> pairs{{"  " + a + "-" + a + " ", a + " " + a, "x"}};
  EXPECT_EQ(mine(pairs, vocabulary, {1, 1, 1}).edits, 0);
}

TEST_F(Mine, TextsOutsideTheVocabularyAreRefused) {
  const nko::Vocabulary small({kA, "_"}, 1, {}, "test");
  EXPECT_TRUE(test::is_bad_data("row 7: reference", [&] {
    (void)mine(std::vector<TextPair>{{kA, kE, "row 7"}}, small, {});
  }));
  EXPECT_TRUE(test::is_bad_data("row 8: hypothesis", [&] {
    (void)mine(std::vector<TextPair>{{kE, kA, "row 8"}}, small, {});
  }));
}

TEST_F(Mine, NothingTeachesNothing) {
  const MineResult found = mine({}, vocabulary, {});
  EXPECT_TRUE(found.maps.confusions.empty());
  EXPECT_EQ(found.symbols + found.edits, 0);
}

}  // namespace
}  // namespace seben::correction
