// SPDX-License-Identifier: Apache-2.0
#include "correct/corrector.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "decode/ctc/forward.h"
#include "fit/evaluate.h"
#include "support/errors.h"

namespace seben::correction {
namespace {

// a, e, ba, space, blank.
constexpr std::int64_t kA = 0, kE = 1, kBa = 2, kSpace = 3, kBlank = 4, kClasses = 5;
constexpr const char *kTextA = "\u07ca", *kTextE = "\u07cb";

nko::Vocabulary letters() { return {{kTextA, kTextE, "\u07d3", " ", "_"}, kBlank, {}, "test"}; }

// One symbol every second frame; `rival` has the probability 0.4 where it stands for another class than the best.
class Utterance {
 public:
  void add(std::int64_t best, std::int64_t rival = -1) {
    frame(best, rival);
    frame(kBlank, -1);
    symbols_.push_back({best, frames() - 2, frames() - 2, std::log(0.5F), 0.5F});
  }
  [[nodiscard]] std::int64_t frames() const { return static_cast<std::int64_t>(values_.size()) / kClasses; }
  [[nodiscard]] ctc::LogProbsView view() const { return {values_.data(), frames(), kClasses}; }
  [[nodiscard]] const std::vector<ctc::Symbol>& symbols() const { return symbols_; }
  [[nodiscard]] const std::vector<float>& values() const { return values_; }

 private:
  void frame(std::int64_t best, std::int64_t rival) {
    for (std::int64_t c = 0; c < kClasses; ++c) {
      const float rest = rival < 0 ? 0.05F / 4 : 0.1F / 3;
      values_.push_back(std::log(c == best ? (rival < 0 ? 0.95F : 0.5F) : c == rival ? 0.4F : rest));
    }
  }
  std::vector<float> values_;
  std::vector<ctc::Symbol> symbols_;
};

// Weighs the gain alone: the log-odds are 1 + gain.
Ranker gain_ranker(double threshold, std::vector<Confusion> confusions) {
  Ranker out;
  for (const auto name : feature_names()) out.features.push_back({std::string(name), 0.0, 1.0, 0.0});
  out.features[static_cast<std::size_t>(Feature::gain)].weight = 1.0;
  out.bias = 1.0;
  out.thresholds.fill(threshold);
  out.confusions.confusions = std::move(confusions);
  return out;
}
Confusion a_to_e() { return {EditKind::substitution, kTextA, kTextE, 5, 10, {}}; }

std::vector<std::int64_t> labels_of(const std::vector<ctc::Symbol>& symbols) {
  std::vector<std::int64_t> out;
  for (const ctc::Symbol& s : symbols) out.push_back(s.label);
  return out;
}

// ba a ba a, where the second a might be an e.
Utterance hesitant() {
  Utterance u;
  u.add(kBa);
  u.add(kA);
  u.add(kBa);
  u.add(kA, kE);
  return u;
}

TEST(CorrectorTest, BelowTheThresholdTheTextStays) {
  const Utterance u = hesitant();
  const Corrector corrector(gain_ranker(0.9, {a_to_e()}), letters());
  Proposals memory;
  const Correction found = corrector.correct(u.view(), u.symbols(), {}, memory);
  EXPECT_TRUE(found.edits.empty());
  EXPECT_EQ(found.symbols, u.symbols());
  EXPECT_EQ(found.candidates, 2);
  const double gain = ctc::forward_score(u.view(), std::vector<std::int64_t>{kBa, kA, kBa, kE}, kBlank) -
                      ctc::forward_score(u.view(), std::vector<std::int64_t>{kBa, kA, kBa, kA}, kBlank);
  EXPECT_NEAR(found.best_probability, 1.0 / (1.0 + std::exp(-1.0 - gain)), 1e-6);
}

TEST(CorrectorTest, AtTheThresholdTheBestEditIsMade) {
  const Utterance u = hesitant();
  Proposals memory;
  const Corrector probe(gain_ranker(2.0, {a_to_e()}), letters());
  const double best = probe.correct(u.view(), u.symbols(), {}, memory).best_probability;
  const Corrector corrector(gain_ranker(best, {a_to_e()}), letters());
  const Correction found = corrector.correct(u.view(), u.symbols(), {}, memory);
  ASSERT_EQ(found.edits.size(), 1U);
  const AppliedEdit& edit = found.edits[0];
  EXPECT_EQ(edit.kind, EditKind::substitution);
  EXPECT_EQ(edit.position, 3);
  EXPECT_EQ(edit.from, kA);
  EXPECT_EQ(edit.to, kE);
  EXPECT_EQ(edit.probability, best);
  EXPECT_EQ(edit.room.first, 5);
  EXPECT_EQ(edit.room.end, 8);
  EXPECT_EQ(labels_of(found.symbols), (std::vector<std::int64_t>{kBa, kA, kBa, kE}));
  EXPECT_EQ(found.symbols[3].first_frame, 6);
  EXPECT_NEAR(found.symbols[3].confidence, 0.4, 1e-6);
  const double gain = ctc::forward_score(u.view(), labels_of(found.symbols), kBlank) -
                      ctc::forward_score(u.view(), labels_of(u.symbols()), kBlank);
  EXPECT_NEAR(edit.gain, gain, 1e-9);
  ASSERT_FALSE(edit.reasons.empty());
  EXPECT_EQ(edit.reasons[0].feature, "gain");
  EXPECT_NEAR(edit.reasons[0].contribution, gain, 1e-9);
  EXPECT_EQ(edit.reasons.size(), 5U);
  const double just_above = std::nextafter(best, 1.0);
  EXPECT_TRUE(Corrector(gain_ranker(just_above, {a_to_e()}), letters())
                  .correct(u.view(), u.symbols(), {}, memory)
                  .edits.empty());
}

TEST(CorrectorTest, EveryModeHasItsThreshold) {
  const Utterance u = hesitant();
  Ranker ranker = gain_ranker(0.0, {a_to_e()});
  ranker.thresholds = {0.1, 0.5, 0.9, 2.0};  // the best edit has 0.68
  const Corrector corrector(ranker, letters());
  Proposals memory;
  std::vector<std::size_t> edits;
  for (const Mode mode : kModes) {
    edits.push_back(corrector.correct(u.view(), u.symbols(), {mode, {}, 5}, memory).edits.size());
  }
  EXPECT_EQ(edits, (std::vector<std::size_t>{1, 1, 0, 0}));
}

TEST(CorrectorTest, OnlyWhatTheMapsProposeIsWritten) {
  const Utterance u = hesitant();
  Proposals memory;
  const Correction found = Corrector(gain_ranker(0.0, {}), letters()).correct(u.view(), u.symbols(), {}, memory);
  EXPECT_TRUE(found.edits.empty());
  EXPECT_EQ(found.candidates, 0);
  EXPECT_EQ(found.best_probability, 0.0);
}

TEST(CorrectorTest, OfEqualOnesTheFirstCandidateIsTaken) {
  const Utterance u = hesitant();
  Ranker ranker = gain_ranker(0.0, {a_to_e()});
  for (RankerFeature& f : ranker.features) f.weight = 0.0;
  Proposals memory;
  const Correction found = Corrector(ranker, letters()).correct(u.view(), u.symbols(), {}, memory);
  ASSERT_EQ(found.edits.size(), 1U);
  EXPECT_EQ(found.edits[0].position, 1);
}

TEST(CorrectorTest, FurtherEditsKeepADistance) {
  // a might be e at 1, at 2 and at 4; the likeliest first.
  Utterance u;
  u.add(kBa);
  u.add(kA, kE);
  u.add(kA, kE);
  u.add(kBa);
  u.add(kA, kE);
  const Corrector corrector(gain_ranker(0.0, {a_to_e()}), letters());
  Proposals memory;
  const Correction two = corrector.correct(u.view(), u.symbols(), {Mode::balanced, 2, 5}, memory);
  ASSERT_EQ(two.edits.size(), 2U);
  EXPECT_GT(std::abs(two.edits[0].position - two.edits[1].position), 1);
  const Correction all = corrector.correct(u.view(), u.symbols(), {Mode::balanced, 10, 5}, memory);
  ASSERT_EQ(all.edits.size(), 2U);  // the third would touch one of them
  EXPECT_EQ(all.symbols, two.symbols);
  const auto labels = labels_of(all.symbols);
  EXPECT_EQ(labels.size(), 5U);
  EXPECT_NE(labels[1], labels[2]);
  EXPECT_EQ(labels[4], kE);
}

TEST(CorrectorTest, FurtherEditsFollowTheShiftOfEarlierOnes) {
  // The space goes first (its frame would rather be blank), then the last a becomes e, one place further left than it
  // was; positions are those of the text as it is at the time.
  Utterance u;
  u.add(kBa);
  u.add(kSpace, kBlank);
  u.add(kBa);
  u.add(kBa);
  u.add(kA, kE);
  Ranker ranker = gain_ranker(0.0, {a_to_e(), {EditKind::deletion, " ", "", 5, 10, {}}});
  ranker.features[static_cast<std::size_t>(Feature::is_deletion)].weight = 3.0;
  ranker.limits.max_edits = 2;
  Proposals memory;
  const Correction found = Corrector(ranker, letters()).correct(u.view(), u.symbols(), {}, memory);
  ASSERT_EQ(found.edits.size(), 2U);
  EXPECT_EQ(found.edits[0].kind, EditKind::deletion);
  EXPECT_EQ(found.edits[0].position, 1);
  EXPECT_EQ(found.edits[0].to, -1);
  EXPECT_EQ(found.edits[1].position, 3);
  EXPECT_EQ(labels_of(found.symbols), (std::vector<std::int64_t>{kBa, kBa, kBa, kE}));
  // The second gain is measured from the text without the space.
  const double gain = ctc::forward_score(u.view(), labels_of(found.symbols), kBlank) -
                      ctc::forward_score(u.view(), std::vector<std::int64_t>{kBa, kBa, kBa, kA}, kBlank);
  EXPECT_NEAR(found.edits[1].gain, gain, 1e-9);
}

// ba, a space that may be none, ba ba a ba a; both a may be e. A ranker that prefers what comes early, deletions
// between.
struct ThreeEdits {
  ThreeEdits() {
    u.add(kBa);
    u.add(kSpace, kBlank);
    u.add(kBa);
    u.add(kBa);
    u.add(kA, kE);
    u.add(kBa);
    u.add(kA, kE);
    ranker.features[static_cast<std::size_t>(Feature::position)].weight = -1.0;
    ranker.features[static_cast<std::size_t>(Feature::is_deletion)].weight = -0.57;
    ranker.limits.max_edits = 3;
  }
  Utterance u;
  Ranker ranker = gain_ranker(0.0, {a_to_e(), {EditKind::deletion, " ", "", 5, 10, {}}});
};

TEST(CorrectorTest, PlacesOfEarlierEditsMoveWithTheText) {
  const ThreeEdits c;
  Proposals memory;
  const Correction found = Corrector(c.ranker, letters()).correct(c.u.view(), c.u.symbols(), {}, memory);
  ASSERT_EQ(found.edits.size(), 3U);
  EXPECT_EQ(found.edits[0].position, 4);
  EXPECT_EQ(found.edits[1].position, 1);
  EXPECT_EQ(found.edits[2].position, 5);
  EXPECT_EQ(labels_of(found.symbols), (std::vector<std::int64_t>{kBa, kBa, kBa, kE, kBa, kE}));
}

TEST(TrajectoryOf, FollowsTheEditsAndNeverRises) {
  ThreeEdits c;
  // Shorter texts make edits likelier: the one after the deletion has the highest probability.
  c.ranker.features[static_cast<std::size_t>(Feature::log_length)].weight = -8.0;
  const Corrector unbound(c.ranker, letters());
  Proposals memory;
  const auto probabilities = unbound.correct(c.u.view(), c.u.symbols(), {}, memory).edits;
  ASSERT_EQ(probabilities.size(), 3U);
  ASSERT_GT(probabilities[2].probability, probabilities[1].probability);
  // Said was ba, space, ba ba e ba a: the first edit is right, the others are not.
  const std::string ba = "\u07d3", said = ba + " " + ba + ba + kTextE + ba + kTextA;
  const Trajectory t = trajectory(unbound, c.u.view(), c.u.symbols(), said, memory);
  EXPECT_EQ(t.reference, 7);
  EXPECT_EQ(t.errors, (std::vector<std::int64_t>{1, 0, 1, 2}));
  ASSERT_EQ(t.reach.size(), 3U);
  EXPECT_EQ(t.reach[0], probabilities[0].probability);
  EXPECT_EQ(t.reach[1], std::min(probabilities[0].probability, probabilities[1].probability));
  EXPECT_EQ(t.reach[2], t.reach[1]);
}

TEST(CorrectorTest, AnInsertionOfOneEditIsNotTouchedByTheNext) {
  Utterance u;
  u.add(kBa);
  u.add(kBa);
  const Corrector corrector(gain_ranker(0.0, {{EditKind::insertion, "", kTextA, 5, 10, {}}}), letters());
  Proposals memory;
  const Correction found = corrector.correct(u.view(), u.symbols(), {Mode::balanced, 2, 5}, memory);
  ASSERT_EQ(found.edits.size(), 2U);
  // The symbol that came stays whole: the second edit is not beside it.
  EXPECT_NE(found.edits[0].position, found.edits[1].position);
  EXPECT_EQ(labels_of(found.symbols).size(), 4U);
  EXPECT_FALSE(std::ranges::equal(std::vector<std::int64_t>{kBa, kA, kA, kBa}, labels_of(found.symbols)));
}

TEST(CorrectorTest, TextsThatTheFramesCannotCarryAreNotWritten) {
  Utterance u;  // two frames of one symbol each
  u.add(kBa);
  ctc::LogProbsView one_frame = u.view();
  one_frame.frames = 1;
  Ranker ranker = gain_ranker(0.0, {{EditKind::insertion, "", kTextA, 5, 10, {}}});
  Proposals memory;
  const Correction found = Corrector(ranker, letters()).correct(one_frame, u.symbols(), {}, memory);
  EXPECT_TRUE(found.edits.empty());
  EXPECT_EQ(found.candidates, 2);
  EXPECT_EQ(found.symbols, u.symbols());
}

TEST(CorrectorTest, AnEmptyTextStaysEmpty) {
  const Utterance u = hesitant();
  const Corrector corrector(gain_ranker(0.0, {{EditKind::insertion, "", kTextA, 5, 10, {}}}), letters());
  Proposals memory;
  EXPECT_TRUE(corrector.correct(u.view(), {}, {}, memory).symbols.empty());
}

TEST(CorrectorTest, LogProbabilitiesAreOnlyReadAndMemoryDoesNotMatter) {
  const Utterance u = hesitant();
  const std::vector<float> before = u.values();
  const Corrector corrector(gain_ranker(0.3, {a_to_e()}), letters());
  Proposals memory, fresh;
  const Correction first = corrector.correct(u.view(), u.symbols(), {}, memory);
  Utterance other;
  other.add(kA, kE);
  (void)corrector.correct(other.view(), other.symbols(), {}, memory);
  const Correction again = corrector.correct(u.view(), u.symbols(), {}, memory);
  const Correction alone = corrector.correct(u.view(), u.symbols(), {}, fresh);
  EXPECT_EQ(again.symbols, first.symbols);
  EXPECT_EQ(alone.symbols, first.symbols);
  EXPECT_EQ(again.best_probability, first.best_probability);
  EXPECT_EQ(alone.best_probability, first.best_probability);
  EXPECT_EQ(u.values(), before);
}

TEST(CorrectorTest, MapsOfAnotherVocabularyAreRefused) {
  const auto make = [] {
    (void)Corrector(gain_ranker(0.5, {{EditKind::substitution, kTextA, "\u07ff", 5, 10, {}}}), letters());
  };
  EXPECT_TRUE(test::is_bad_data("confusions", make));
}

}  // namespace
}  // namespace seben::correction
