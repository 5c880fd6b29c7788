// SPDX-License-Identifier: Apache-2.0
#include "evaluate/comparison.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "support/errors.h"

namespace seben::pipeline {
namespace {

// A recording of ten characters and two words with so many of them wrong.
EvalUtterance utterance(const std::string& audio, const std::string& condition, std::int64_t wrong) {
  EvalUtterance u;
  u.row = {audio, "text", condition};
  nko::EditCounts characters, words;
  characters.reference = 10;
  characters.substitutions = wrong;
  words.reference = 2;
  words.substitutions = wrong > 0 ? 1 : 0;
  u.texts = {"text", "text"};
  u.characters = {characters, characters};
  u.words = {words, words};
  return u;
}

Evaluation evaluation(const std::string& name, std::vector<std::string> modes, const std::vector<std::int64_t>& wrong) {
  Evaluation out;
  out.bundle = name;
  out.modes = std::move(modes);
  for (std::size_t i = 0; i < wrong.size(); ++i) {
    out.utterances.push_back(utterance("clip" + std::to_string(i), i % 2 == 0 ? "words" : "noise", wrong[i]));
  }
  return out;
}

TEST(ExactMcNemar, IsTheBinomialTail) {
  EXPECT_EQ(exact_mcnemar(0, 0), 1.0);
  EXPECT_EQ(exact_mcnemar(3, 3), 1.0);
  EXPECT_NEAR(exact_mcnemar(0, 6), 2.0 / 64.0, 1e-12);
  EXPECT_NEAR(exact_mcnemar(6, 0), 2.0 / 64.0, 1e-12);
  EXPECT_NEAR(exact_mcnemar(2, 10), 2.0 * (1.0 + 12.0 + 66.0) / 4096.0, 1e-12);
  EXPECT_GT(exact_mcnemar(400, 500), 0.0);
  EXPECT_LT(exact_mcnemar(400, 500), 0.01);
}

TEST(Comparison, IsPairedByRecordingAndByMode) {
  const Evaluation before = evaluation("old", {"off", "balanced"}, {1, 2, 0, 4, 5, 6});
  Evaluation after = evaluation("new", {"off"}, {0, 0, 0, 4, 2, 1});
  std::ranges::reverse(after.utterances);  // the order is another
  const Comparison c = compare(before, after);
  EXPECT_EQ(c.before, "old");
  EXPECT_EQ(c.after, "new");
  EXPECT_EQ(c.unpaired, 0);
  ASSERT_EQ(c.cells.size(), 3U);
  const ComparedCell& all = c.cells.back();
  EXPECT_EQ(all.condition, "all");
  EXPECT_EQ(all.mode, "off");
  EXPECT_EQ(all.utterances, 6);
  EXPECT_NEAR(all.before.rate, 0.3, 1e-12);
  EXPECT_NEAR(all.after.rate, 7.0 / 60.0, 1e-12);
  EXPECT_NEAR(all.characters.change, 7.0 / 60.0 - 0.3, 1e-12);
  EXPECT_LE(all.characters.low, all.characters.change);
  EXPECT_GE(all.characters.high, all.characters.change);
  EXPECT_EQ(all.right_before, 1);
  EXPECT_EQ(all.right_after, 3);
  EXPECT_EQ(all.only_before, 0);
  EXPECT_EQ(all.only_after, 2);
  EXPECT_NEAR(all.p, 0.5, 1e-12);
  EXPECT_EQ(to_json(c)["cells"].size(), 3U);
  const std::string table = comparison_table(c);
  EXPECT_EQ(std::ranges::count(table, '\n'), 5);
}

TEST(Comparison, SaysWhatOnlyOneHasTranscribed) {
  const Evaluation before = evaluation("old", {"off"}, {1, 2, 0});
  Evaluation after = evaluation("new", {"off"}, {1, 2, 0, 3});
  after.utterances.erase(after.utterances.begin());
  const Comparison c = compare(before, after);
  EXPECT_EQ(c.unpaired, 2);
  EXPECT_EQ(c.cells.back().utterances, 2);
  EXPECT_NE(comparison_table(c).find("2 recordings"), std::string::npos);
  after.utterances.resize(0);
  EXPECT_TRUE(test::fails_with(ErrorCategory::incomplete, "both bundles", [&] { (void)compare(before, after); }));
}

}  // namespace
}  // namespace seben::pipeline
