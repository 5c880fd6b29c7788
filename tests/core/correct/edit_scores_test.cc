// SPDX-License-Identifier: Apache-2.0
#include "correct/edit_scores.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "correct/edit_ops.h"
#include "decode/ctc/forward.h"
#include "decode/ctc/greedy.h"
#include "support/errors.h"
#include "support/random_log_probs.h"

namespace seben::ctc {
namespace {

using test::random_log_probs;

constexpr double kNever = -std::numeric_limits<double>::infinity();

struct Random {
  explicit Random(std::uint32_t seed) : bits(seed) {}
  std::int64_t below(std::int64_t n) { return static_cast<std::int64_t>(bits()) % n; }
  std::uint32_t seed() { return static_cast<std::uint32_t>(bits()); }
  std::mt19937 bits;
};

std::vector<const EditOps*> every_ops() {
  std::vector<const EditOps*> out;
  for (const auto isa : {base::Isa::plain, base::Isa::avx2, base::Isa::avx512}) {
    if (isa <= base::best_isa()) out.push_back(&edit_ops(isa));
  }
  return out;
}

Labels random_labels(Random& random, std::int64_t size, std::int64_t classes, std::int64_t blank) {
  Labels labels;
  while (static_cast<std::int64_t>(labels.size()) < size) {
    const std::int64_t label = random.below(classes);
    if (label != blank) labels.push_back(label);
  }
  return labels;
}

// Copy, every deletion, and every label in and before every place.
std::vector<LabelEdit> every_edit(const Labels& labels, std::int64_t classes, std::int64_t blank) {
  std::vector<LabelEdit> edits{{}};
  const auto size = static_cast<std::int64_t>(labels.size());
  for (std::int64_t position = 0; position <= size; ++position) {
    for (std::int64_t label = -1; label < classes; ++label) {
      if (label == blank) continue;
      if (label >= 0) edits.push_back({position, 0, label});
      if (position < size) edits.push_back({position, 1, label});
    }
  }
  return edits;
}

// Every score against the full forward pass over the edited text; returns how many were finite.
std::size_t expect_forward_scores(EditScorer& scorer, LogProbsView view, const Labels& labels, std::int64_t blank,
                                  std::span<const LabelEdit> edits, double tolerance = 1e-9) {
  scorer.prepare(view, labels, blank);
  const double own = forward_score(view, labels, blank);
  EXPECT_TRUE(scorer.score() == own || std::abs(scorer.score() - own) <= tolerance) << scorer.score() << " " << own;
  const std::vector<double> scores = scorer.scores(edits);
  std::size_t finite = 0;
  for (std::size_t i = 0; i < edits.size(); ++i) {
    const double expected = forward_score(view, ctc::apply(labels, edits[i]), blank);
    if (std::isfinite(expected)) ++finite;
    if (scores[i] == expected || std::abs(scores[i] - expected) <= tolerance) continue;
    ADD_FAILURE() << view.frames << " frames, " << labels.size() << " labels, position " << edits[i].position
                  << ", removed " << edits[i].removed << ", inserted " << edits[i].inserted << ": expected " << expected
                  << ", found " << scores[i];
  }
  return finite;
}

TEST(EditScores, EqualTheForwardScoreInRandomCases) {
  for (const EditOps* ops : every_ops()) {
    SCOPED_TRACE(ops->name);
    Random random(1);
    EditScorer scorer(*ops);
    std::size_t finite = 0;
    for (int repetition = 0; repetition < 400; ++repetition) {
      const std::int64_t frames = 1 + random.below(60), classes = 2 + random.below(11), blank = random.below(classes);
      const LogProbs utterance =
          random_log_probs(frames, classes, random.seed(), static_cast<float>(1 + random.below(4)));
      const Labels labels = random_labels(random, random.below(21), classes, blank);
      const auto edits = every_edit(labels, classes, blank);
      finite += expect_forward_scores(scorer, utterance.view(), labels, blank, edits);
      ASSERT_FALSE(HasFailure());
    }
    EXPECT_GT(finite, 20000U);
    EXPECT_EQ(scorer.slow_scores(), 0);
  }
}

TEST(EditScores, EqualTheEnumerationOfAllPaths) {
  Random random(2);
  EditScorer scorer;
  for (std::int64_t frames = 1; frames <= 6; ++frames) {
    for (std::int64_t classes = 2; classes <= 4; ++classes) {
      const std::int64_t blank = random.below(classes);
      const LogProbs utterance = random_log_probs(frames, classes, random.seed());
      const auto truth = test::enumerate(utterance.view(), blank);
      for (std::int64_t size = 0; size <= frames + 1; ++size) {
        const Labels labels = random_labels(random, size, classes, blank);
        const auto edits = every_edit(labels, classes, blank);
        scorer.prepare(utterance.view(), labels, blank);
        const auto scores = scorer.scores(edits);
        for (std::size_t i = 0; i < edits.size(); ++i) {
          const auto found = truth.find(ctc::apply(labels, edits[i]));
          if (found == truth.end()) {
            ASSERT_EQ(scores[i], kNever);
          } else {
            ASSERT_NEAR(scores[i], std::log(found->second.probability), 1e-9);
          }
        }
      }
    }
  }
}

Labels greedy_labels(LogProbsView view, std::int64_t blank) {
  Labels labels;
  for (const Symbol& s : greedy(view, blank).symbols) labels.push_back(s.label);
  return labels;
}

// Sure frames: `letters` of them among blanks, as a trained head's.
LogProbs spoken(std::int64_t frames, std::int64_t letters, std::uint32_t seed, float sureness = 10.0F) {
  constexpr std::int64_t kClasses = 66, kBlank = 65;
  LogProbs out = random_log_probs(frames, kClasses, seed, 1.0F);
  Random random(seed);
  for (std::int64_t t = 0; t < frames; ++t) {
    const bool letter = t * letters / frames != (t + 1) * letters / frames;
    out.values[static_cast<std::size_t>(t * kClasses + (letter ? random.below(59) : kBlank))] += sureness;
  }
  log_softmax_masked(out.values, frames, nko::Vocabulary::nko_blank_last());
  return out;
}

TEST(EditScores, AtFullSizeWithoutTheSlowPass) {
  Random random(3);
  EditScorer scorer;
  for (const std::int64_t frames : {375, 750}) {
    for (const std::int64_t letters : {60, 120}) {
      // Down to frames so unsure that the best class has a probability of a third.
      for (const float sureness : {10.0F, 4.0F}) {
        const LogProbs utterance = spoken(frames, letters, random.seed(), sureness);
        const Labels labels = greedy_labels(utterance.view(), 65);
        EXPECT_NEAR(static_cast<double>(labels.size()), static_cast<double>(letters), 0.1 * 750);
        std::vector<LabelEdit> edits = every_edit(labels, 59, 65);
        std::shuffle(edits.begin(), edits.end(), random.bits);
        edits.resize(60);
        EXPECT_EQ(expect_forward_scores(scorer, utterance.view(), labels, 65, edits), edits.size());
      }
    }
  }
  EXPECT_EQ(scorer.slow_scores(), 0);
}

// The best class of every frame is certain, the others may be as improbable as e^-10000, a few are masked.
LogProbs steep(std::int64_t frames, std::int64_t classes, Random& random) {
  std::normal_distribution<float> normal(
      0.0F, static_cast<float>(std::pow(10.0, 1.0 + static_cast<double>(random.below(25)) / 10.0)));
  LogProbs out{std::vector<float>(static_cast<std::size_t>(frames * classes)), frames, classes};
  for (std::int64_t t = 0; t < frames; ++t) {
    const std::span row(out.values.data() + t * classes, static_cast<std::size_t>(classes));
    for (float& x : row) x = normal(random.bits);
    const float best = *std::max_element(row.begin(), row.end());
    for (float& x : row) x = std::max(x - best, -1e4F);
    if (random.below(4) == 0)
      row[static_cast<std::size_t>(random.below(classes))] = -std::numeric_limits<float>::infinity();
  }
  return out;
}

TEST(EditScores, AreRightWhereLinearNumbersUnderflow) {
  for (const EditOps* ops : every_ops()) {
    Random random(4);
    EditScorer scorer(*ops);
    std::size_t finite = 0;
    for (int repetition = 0; repetition < 300; ++repetition) {
      const std::int64_t frames = 1 + random.below(40), classes = 2 + random.below(6), blank = random.below(classes);
      const LogProbs utterance = steep(frames, classes, random);
      const Labels labels = repetition % 2 == 0 ? greedy_labels(utterance.view(), blank)
                                                : random_labels(random, random.below(12), classes, blank);
      const auto edits = every_edit(labels, classes, blank);
      finite += expect_forward_scores(scorer, utterance.view(), labels, blank, edits);
      ASSERT_FALSE(HasFailure());
    }
    EXPECT_GT(finite, 10000U);
    EXPECT_GT(scorer.slow_scores(), 1000);
    EXPECT_LT(scorer.slow_scores(), 20000);
  }
}

// Scores from e^-400 to e^-1100 in small steps: on both sides of the place where the fast pass gives up.
TEST(EditScores, AreRightAroundTheBound) {
  EditScorer scorer;
  std::int64_t scores = 0;
  for (float each = 50.0F; each < 140.0F; each += 0.5F) {
    LogProbs utterance{std::vector<float>(40 * 4, -each), 40, 4};
    for (std::size_t t = 0; t < 40; ++t) utterance.values[t * 4 + 3] = 0.0F;
    utterance.values[20 * 4 + 2] = 0.0F;  // one place where label 2 is as good as the blank
    const Labels labels{0, 1, 1, 0, 2, 1, 0, 0};
    const auto edits = every_edit(labels, 4, 3);
    scores += static_cast<std::int64_t>(expect_forward_scores(scorer, utterance.view(), labels, 3, edits));
  }
  EXPECT_GT(scorer.slow_scores(), scores / 10);
  EXPECT_LT(scorer.slow_scores(), scores * 9 / 10);
}

TEST(EditScores, OfAHypothesisThatMatchesNothing) {
  Random random(9);
  const Labels labels = random_labels(random, 60, 59, 65);
  auto edits = every_edit(labels, 59, 65);
  std::shuffle(edits.begin(), edits.end(), random.bits);
  edits.resize(40);
  EditScorer scorer;
  // Other letters: every path is equally bad, the scale of the frames follows.
  const LogProbs letters = spoken(375, 60, 9, 25.0F);
  EXPECT_EQ(expect_forward_scores(scorer, letters.view(), labels, 65, edits), edits.size());
  EXPECT_EQ(scorer.slow_scores(), 0);
  // Silence: the empty prefix is so much better that the whole hypothesis is lost beside it.
  const LogProbs silence = spoken(375, 0, 9, 25.0F);
  EXPECT_EQ(expect_forward_scores(scorer, silence.view(), labels, 65, edits), edits.size());
  EXPECT_EQ(scorer.slow_scores(), 41);
}

// Labels 0 and 3 together cost e^-700 early, which falls below the floor, or e^-800 and more late, where the scale of
// the frames follows: what was lost is the best path of all, and only the bound can tell. In both directions of time.
TEST(EditScores, OfAPathThatWasLostAndWasTheBest) {
  for (const bool backwards : {false, true}) {
    LogProbs utterance{std::vector<float>(20 * 4, -2000.0F), 20, 4};
    const auto set = [&](std::size_t t, std::initializer_list<float> row) {
      std::copy(row.begin(), row.end(),
                utterance.values.begin() + static_cast<std::ptrdiff_t>(4 * (backwards ? 19 - t : t)));
    };
    for (std::size_t t = 0; t < 20; ++t) utterance.values[4 * (backwards ? 19 - t : t) + (t < 10 ? 2 : 1)] = 0.0F;
    for (const std::size_t t : {4U, 5U}) set(t, {-350.0F, -2000.0F, 0.0F, -350.0F});
    for (const std::size_t t : {10U, 11U}) set(t, {-450.0F, 0.0F, -500.0F, -450.0F});
    EditScorer scorer;
    const Labels labels = backwards ? Labels{1, 3, 0} : Labels{0, 3, 1};
    scorer.prepare(utterance.view(), labels, 2);
    EXPECT_NEAR(scorer.score(), -700.0, 1.0);
    EXPECT_EQ(scorer.slow_scores(), 1);
    expect_forward_scores(scorer, utterance.view(), labels, 2, every_edit(labels, 4, 2));
  }
}

// The hypothesis lacks a letter that thirty frames are sure of: its own probability is nothing beside the edit's.
TEST(EditScores, OfAnEditThatExplainsMuchMore) {
  for (const float against : {-5.0F, -20.0F, -40.0F, -300.0F}) {
    LogProbs utterance{std::vector<float>(60 * 3, against), 60, 3};
    for (std::size_t t = 0; t < 60; ++t) utterance.values[t * 3 + (t < 10 ? 0 : t < 40 ? 1 : 2)] = 0.0F;
    EditScorer scorer;
    expect_forward_scores(scorer, utterance.view(), Labels{0}, 2, every_edit(Labels{0}, 3, 2));
    scorer.prepare(utterance.view(), Labels{0}, 2);
    const std::vector<LabelEdit> missing{{1, 0, 1}};
    EXPECT_NEAR(scorer.scores(missing)[0], 0.0, 0.1);
  }
}

TEST(EditScores, OfWhatTheFramesCannotCarry) {
  const LogProbs utterance = random_log_probs(4, 3, 7);
  EditScorer scorer;
  const Labels tight{0, 0, 0}, deep(50, 1);
  EXPECT_EQ(expect_forward_scores(scorer, utterance.view(), tight, 2, every_edit(tight, 3, 2)),
            6U);  // not itself, no insertion
  EXPECT_EQ(scorer.score(), kNever);
  EXPECT_EQ(expect_forward_scores(scorer, utterance.view(), deep, 2, every_edit(deep, 3, 2)), 0U);
  EXPECT_EQ(scorer.slow_scores(), 0) << "that no path exists needs no pass";
}

TEST(EditScores, OfMaskedClassesAreNever) {
  const LogProbs utterance = test::from_probabilities({{0.5, 0.0, 0.5}, {0.25, 0.0, 0.75}, {0.5, 0.0, 0.5}});
  EditScorer scorer;
  const Labels labels{0};
  EXPECT_EQ(expect_forward_scores(scorer, utterance.view(), labels, 2, every_edit(labels, 3, 2)), 5U);
}

// Logits that nobody normalised, and NaN where no path can avoid it, end as in the full pass.
TEST(EditScores, NeedNoNormalisedFrames) {
  EditScorer scorer;
  for (const float raised : {-600.0F, -30.0F, 30.0F, 600.0F, 5000.0F}) {
    LogProbs utterance = random_log_probs(30, 5, 8);
    for (float& x : utterance.values) x += raised;
    const Labels labels{0, 1, 1, 3};
    expect_forward_scores(scorer, utterance.view(), labels, 4, every_edit(labels, 5, 4), 1e-8);
  }
  LogProbs utterance = random_log_probs(5, 3, 8);
  for (std::size_t c = 0; c < 3; ++c) utterance.values[6 + c] = std::numeric_limits<float>::quiet_NaN();
  scorer.prepare(utterance.view(), Labels{0}, 2);
  const std::vector<LabelEdit> edits{{1, 0, 1}};
  const auto slow = scorer.slow_scores();
  (void)scorer.scores(edits);
  EXPECT_EQ(scorer.slow_scores(), slow + 1);
}

TEST(EditScores, AreTheSameBitsWhateverWasScoredBefore) {
  Random random(6);
  const LogProbs utterance = spoken(200, 30, 6), other = spoken(90, 50, 7);
  const Labels labels = greedy_labels(utterance.view(), 65), others = greedy_labels(other.view(), 65);
  auto edits = every_edit(labels, 59, 65);
  std::shuffle(edits.begin(), edits.end(), random.bits);
  edits.resize(150);
  EditScorer fresh, used;
  used.prepare(other.view(), others, 65);
  (void)used.scores(every_edit(others, 59, 65));
  fresh.prepare(utterance.view(), labels, 65);
  used.prepare(utterance.view(), labels, 65);
  EXPECT_EQ(fresh.score(), used.score());
  const auto together = fresh.scores(edits);
  EXPECT_EQ(together, used.scores(edits));
  for (std::size_t i = edits.size(); i-- > 0;) EXPECT_EQ(used.scores(std::span(&edits[i], 1))[0], together[i]);
  const EditScorer moved = std::move(used);
  EXPECT_EQ(moved.score(), fresh.score());
}

TEST(EditScores, AgreeBetweenInstructionSets) {
  const LogProbs utterance = spoken(375, 60, 11);
  const Labels labels = greedy_labels(utterance.view(), 65);
  const auto edits = every_edit(labels, 59, 65);
  EditScorer plain(edit_ops(base::Isa::plain));
  plain.prepare(utterance.view(), labels, 65);
  const auto expected = plain.scores(edits);
  for (const EditOps* ops : every_ops()) {
    EditScorer scorer(*ops);
    scorer.prepare(utterance.view(), labels, 65);
    const auto scores = scorer.scores(edits);
    for (std::size_t i = 0; i < edits.size(); ++i) ASSERT_NEAR(scores[i], expected[i], 1e-12) << ops->name;
  }
}

TEST(EditScores, RefuseWhatIsNoEdit) {
  const LogProbs utterance = random_log_probs(6, 4, 1);
  EditScorer scorer;
  EXPECT_TRUE(test::is_bad_data("one frame", [&] { scorer.prepare({nullptr, 0, 4}, Labels{}, 3); }));
  for (const std::int64_t bad : {-1, 3, 4}) {
    EXPECT_TRUE(test::is_bad_data("without the blank 3", [&] { scorer.prepare(utterance.view(), Labels{bad}, 3); }));
  }
  scorer.prepare(utterance.view(), Labels{0, 1}, 3);
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max(), kLeast = -kMost - 1;
  for (const LabelEdit edit : {LabelEdit{-1, 0, 1}, LabelEdit{3, 0, 1}, LabelEdit{2, 1, 1}, LabelEdit{2, 1, -1},
                               LabelEdit{0, 2, 1}, LabelEdit{0, -1, 1}, LabelEdit{kMost, 1, 1}, LabelEdit{0, kMost, 1},
                               LabelEdit{kLeast, 0, 1}, LabelEdit{0, kLeast, 1}, LabelEdit{3, 0, -1}}) {
    const std::vector<LabelEdit> edits{{0, 1, 2}, edit};
    EXPECT_TRUE(test::is_bad_data("edit 1: expected", [&] { (void)scorer.scores(edits); }))
        << edit.position << " " << edit.removed;
  }
  for (const std::int64_t bad : {std::int64_t{-2}, std::int64_t{3}, std::int64_t{4}, kMost, kLeast}) {
    const std::vector<LabelEdit> edits{{0, 1, bad}};
    EXPECT_TRUE(test::is_bad_data("edit 0", [&] { (void)scorer.scores(edits); })) << bad;
  }
  std::vector<double> small(1);
  EXPECT_THROW(scorer.scores(std::vector<LabelEdit>(2), small), Error);
  EXPECT_TRUE(scorer.scores(std::span<const LabelEdit>{}).empty());
}

TEST(EditScores, BeforePrepareThereIsNothing) {
  EditScorer scorer;
  EXPECT_EQ(scorer.score(), kNever);
  const std::vector<LabelEdit> copy(1), deletion{{0, 1, -1}}, insertion{{0, 0, 1}};
  EXPECT_EQ(scorer.scores(copy)[0], kNever);
  EXPECT_TRUE(test::is_bad_data("edit 0", [&] { (void)scorer.scores(deletion); }));
  EXPECT_TRUE(test::is_bad_data("edit 0", [&] { (void)scorer.scores(insertion); }));
}

}  // namespace
}  // namespace seben::ctc
