// SPDX-License-Identifier: Apache-2.0
#include "fit/align_texts.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "correct/edit_distance.h"
#include "support/errors.h"

namespace seben::correction {
namespace {

using Labels = std::vector<std::int64_t>;

// a, e, ba, pa, space, high tone, blank.
nko::Vocabulary letters() { return {{"\u07ca", "\u07cb", "\u07d3", "\u07d4", " ", "\u07eb", "_"}, 6, {}, "test"}; }
constexpr std::int64_t kA = 0, kE = 1, kBa = 2, kPa = 3, kSpace = 4, kHigh = 5;

// From the last edit to the first, so that positions stay those of the hypothesis.
Labels apply_all(Labels labels, const std::vector<AlignedEdit>& edits) {
  for (auto it = edits.rbegin(); it != edits.rend(); ++it) labels = ctc::apply(labels, it->edit);
  return labels;
}

double cost_of(const std::vector<AlignedEdit>& edits, const EditCosts& costs) {
  double sum = 0.0;
  for (const AlignedEdit& e : edits) {
    switch (kind_of(e.edit)) {
      case EditKind::substitution: sum += costs.substitution(e.from, e.edit.inserted); break;
      case EditKind::deletion: sum += costs.indel(e.from); break;
      case EditKind::insertion: sum += costs.indel(e.edit.inserted); break;
      case EditKind::copy: ADD_FAILURE() << "a copy is no edit"; break;
    }
  }
  return sum;
}

// By trying everything.
double least_cost(std::span<const std::int64_t> a, std::span<const std::int64_t> b, const EditCosts& costs) {
  if (a.empty() && b.empty()) return 0.0;
  double best = 1e300;
  if (!a.empty()) best = std::min(best, costs.indel(a[0]) + least_cost(a.subspan(1), b, costs));
  if (!b.empty()) best = std::min(best, costs.indel(b[0]) + least_cost(a, b.subspan(1), costs));
  if (!a.empty() && !b.empty()) {
    const double step = a[0] == b[0] ? 0.0 : costs.substitution(a[0], b[0]);
    best = std::min(best, step + least_cost(a.subspan(1), b.subspan(1), costs));
  }
  return best;
}

Labels random_text(std::mt19937& random, std::size_t longest, std::int64_t labels) {
  Labels out(random() % (longest + 1));
  for (auto& label : out) label = static_cast<std::int64_t>(random()) % labels;
  return out;
}

class AlignTexts : public ::testing::Test {
 protected:
  nko::Vocabulary vocabulary = letters();
  EditCosts costs{vocabulary};
};

TEST_F(AlignTexts, CostsFollowTheirFormulas) {
  EXPECT_NEAR(costs.substitution(kBa, kPa), 0.4 + 0.6 * 0.2, 1e-12);
  EXPECT_NEAR(costs.indel(kBa), 0.5 + 0.3 * 1.0, 1e-12);
  EXPECT_NEAR(costs.indel(kA), 0.5 + 0.3 * 0.7, 1e-12);
  EXPECT_NEAR(costs.indel(kHigh), 0.5 + 0.3 * 0.3, 1e-12);
}

TEST_F(AlignTexts, EqualTextsNeedNothing) {
  EXPECT_TRUE(align_texts({}, {}, costs).empty());
  EXPECT_TRUE(align_texts(Labels{kBa, kA}, Labels{kBa, kA}, costs).empty());
}

TEST_F(AlignTexts, OneOfEach) {
  const auto one = [&](const Labels& hypothesis, const Labels& reference) {
    const auto edits = align_texts(hypothesis, reference, costs);
    EXPECT_EQ(edits.size(), 1U);
    return edits.empty() ? AlignedEdit{} : edits[0];
  };
  const AlignedEdit substitution = one({kBa, kA, kBa, kE}, {kBa, kA, kPa, kE});
  EXPECT_EQ(substitution.edit, (ctc::LabelEdit{2, 1, kPa}));
  EXPECT_EQ(substitution.from, kBa);
  const AlignedEdit deletion = one({kBa, kA, kSpace, kPa}, {kBa, kA, kPa});
  EXPECT_EQ(deletion.edit, (ctc::LabelEdit{2, 1, -1}));
  EXPECT_EQ(deletion.from, kSpace);
  const AlignedEdit insertion = one({kBa, kA}, {kBa, kA, kHigh});
  EXPECT_EQ(insertion.edit, (ctc::LabelEdit{2, 0, kHigh}));
  EXPECT_EQ(insertion.from, -1);
}

TEST_F(AlignTexts, SoundsThatAreAlikeAreExchanged) {
  // pa was read for ba, and a vowel was lost: not ba for a.
  const auto edits = align_texts(Labels{kPa}, Labels{kBa, kA}, costs);
  ASSERT_EQ(edits.size(), 2U);
  EXPECT_EQ(edits[0].edit, (ctc::LabelEdit{0, 1, kBa}));
  EXPECT_EQ(edits[1].edit, (ctc::LabelEdit{1, 0, kA}));
}

TEST_F(AlignTexts, EverythingFromAndToNothing) {
  const auto made = align_texts({}, Labels{kBa, kA}, costs);
  EXPECT_EQ(apply_all({}, made), (Labels{kBa, kA}));
  EXPECT_TRUE(apply_all({kBa, kA}, align_texts(Labels{kBa, kA}, {}, costs)).empty());
}

TEST_F(AlignTexts, EditsGiveTheReferenceAtTheLeastCost) {
  std::mt19937 random(1);
  for (int i = 0; i < 400; ++i) {
    const Labels a = random_text(random, 5, 6), b = random_text(random, 5, 6);
    const auto edits = align_texts(a, b, costs);
    EXPECT_EQ(apply_all(a, edits), b);
    EXPECT_NEAR(cost_of(edits, costs), least_cost(a, b, costs), 1e-9);
  }
}

TEST_F(AlignTexts, OfARunTheFirstGoesAndComes) {
  const auto shorter = align_texts(Labels{kBa, kA, kA}, Labels{kBa, kA}, costs);
  ASSERT_EQ(shorter.size(), 1U);
  EXPECT_EQ(shorter[0].edit, (ctc::LabelEdit{1, 1, -1}));
  const auto longer = align_texts(Labels{kBa, kA}, Labels{kBa, kA, kA}, costs);
  ASSERT_EQ(longer.size(), 1U);
  EXPECT_EQ(longer[0].edit, (ctc::LabelEdit{1, 0, kA}));
}

TEST_F(AlignTexts, LongTextsGiveTheReferenceToo) {
  std::mt19937 random(2);
  for (int i = 0; i < 50; ++i) {
    const Labels a = random_text(random, 90, 6), b = random_text(random, 90, 6);
    EXPECT_EQ(apply_all(a, align_texts(a, b, costs)), b);
  }
}

TEST_F(AlignTexts, WithEqualCostsTheEditsAreTheFewest) {
  // pa, digit 0, a letter of another script: every two differ by their kind alone, 0.65; an exchange costs 0.79, a
  // symbol that goes or comes 0.8. Up to 20 symbols the cheapest edits are the fewest.
  const nko::Vocabulary three({"\u07d4", "\u07c0", "a", "_"}, 3, {}, "test");
  const EditCosts equal(three);
  for (std::int64_t a = 0; a < 3; ++a) {
    EXPECT_NEAR(equal.indel(a), 0.8, 1e-12);
    for (std::int64_t b = 0; b < 3; ++b) {
      if (a != b) {
        EXPECT_NEAR(equal.substitution(a, b), 0.79, 1e-12);
      }
    }
  }
  std::mt19937 random(3);
  const auto text = [](const Labels& labels) { return std::u32string(labels.begin(), labels.end()); };
  for (int i = 0; i < 500; ++i) {
    const Labels a = random_text(random, 20, 3), b = random_text(random, 20, 3);
    EXPECT_EQ(static_cast<std::int64_t>(align_texts(a, b, equal).size()), edit_distance(text(a), text(b)));
  }
}

TEST_F(AlignTexts, LongerTextsThanTheLimitAreRefused) {
  const Labels longest(kMaxAlignedLabels + 1, kA);
  EXPECT_TRUE(test::is_bad_data("at most 4000 symbols", [&] { (void)align_texts(longest, {}, costs); }));
  EXPECT_TRUE(test::is_bad_data("found 4001", [&] { (void)align_texts({}, longest, costs); }));
}

TEST(EditDistance, IsLevenshteins) {
  EXPECT_EQ(edit_distance(U"", U""), 0);
  EXPECT_EQ(edit_distance(U"kitten", U"sitting"), 3);
  EXPECT_EQ(edit_distance(U"abc", U""), 3);
  EXPECT_EQ(edit_distance(U"", U"ab"), 2);
  EXPECT_EQ(edit_distance(U"flaw", U"lawn"), 2);
}

}  // namespace
}  // namespace seben::correction
