// SPDX-License-Identifier: Apache-2.0
// An invented recogniser that reads e as a half of the time, and hesitates when it does.
#include "fit/fit.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <random>
#include <set>

#include "correct/place.h"
#include "formats/npy.h"
#include "support/errors.h"
#include "support/temp_dir.h"

namespace seben::correction {
namespace {

// a, e, ba, ta, space, blank.
constexpr std::int64_t kA = 0, kE = 1, kBa = 2, kTa = 3, kSpace = 4, kBlank = 5, kClasses = 6;

nko::Vocabulary letters() { return {{"\u07ca", "\u07cb", "\u07d3", "\u07d5", " ", "_"}, kBlank, {}, "test"}; }

std::string text_of(const std::vector<std::int64_t>& labels) {
  const nko::Vocabulary vocabulary = letters();
  std::string out;
  for (const std::int64_t label : labels) out += vocabulary.text(label);
  return out;
}

void add_frame(std::vector<float>& values, std::int64_t best, float p, std::int64_t rival, float q) {
  for (std::int64_t c = 0; c < kClasses; ++c) {
    const float rest = (1.0F - p - q) / 4;
    values.push_back(std::log(c == best ? p : c == rival ? q : rest));
  }
}

class FitTest : public ::testing::Test {
 protected:
  // Two words of two syllables; a right a has 0.9, an e read as a leaves e 0.3.
  static void read(std::size_t number) {
    std::vector<std::int64_t> said, heard;
    std::vector<float> values;
    for (int syllable = 0; syllable < 4; ++syllable) {
      const std::int64_t consonant = random_() % 2 == 0 ? kBa : kTa, vowel = random_() % 2 == 0 ? kA : kE;
      const bool wrong = vowel == kE && random_() % 2 == 0;
      if (syllable == 2) said.push_back(kSpace);
      said.insert(said.end(), {consonant, vowel});
      if (syllable == 2) {
        heard.push_back(kSpace);
        add_frame(values, kSpace, 0.9F, kBlank, 0.05F);
      }
      heard.insert(heard.end(), {consonant, wrong ? kA : vowel});
      add_frame(values, consonant, 0.9F, kBlank, 0.05F);
      if (wrong) {
        add_frame(values, kA, 0.6F, kE, 0.3F);
      } else {
        add_frame(values, vowel, 0.9F, vowel == kA ? kE : kA, 0.04F);
      }
      add_frame(values, kBlank, 0.95F, kA, 0.01F);
    }
    Row row;
    row.id = "utterance-" + std::to_string(number);
    row.where = row.id;
    row.hypothesis = text_of(heard);
    row.reference = text_of(said);
    row.frames = *dir_ / (row.id + ".npy");
    tensor::TensorView view;
    view.shape = {static_cast<std::int64_t>(values.size()) / kClasses, kClasses};
    view.data = reinterpret_cast<const std::byte*>(values.data());
    tensor::write_npy(row.frames, view);
    rows_.push_back(std::move(row));
  }
  FitResult fit_all() { return fit(input_, options_, {}); }

  void SetUp() override {
    input_.vocabulary = letters();
    input_.head = {"invented", kClasses, kBlank, "v", "c", "w"};
    input_.rows = rows_;
  }
  // Once: every file is synchronised to the disk.
  static void SetUpTestSuite() {
    dir_ = std::make_unique<test::TempDir>();
    for (std::size_t i = 0; i < 300; ++i) read(i);
  }
  static void TearDownTestSuite() {
    dir_.reset();
    rows_.clear();
  }

  static std::unique_ptr<test::TempDir> dir_;
  static std::vector<Row> rows_;
  static std::mt19937 random_;
  FitInput input_;
  FitOptions options_;
};

std::unique_ptr<test::TempDir> FitTest::dir_;
std::vector<Row> FitTest::rows_;
std::mt19937 FitTest::random_{11};

TEST_F(FitTest, FindsTheConfusionAndCorrectsIt) {
  const FitResult result = fit_all();
  const auto& confusions = result.ranker.confusions.confusions;
  ASSERT_EQ(confusions.size(), 1U);
  EXPECT_EQ(confusions[0].kind, EditKind::substitution);
  EXPECT_EQ(confusions[0].from, text_of({kA}));
  EXPECT_EQ(confusions[0].to, text_of({kE}));
  // Half of the vowels are a and a quarter are read so: a third of what reads a is e.
  EXPECT_NEAR(static_cast<double>(confusions[0].count) / static_cast<double>(confusions[0].of), 1.0 / 3.0, 0.05);

  const FitReport& report = result.report;
  EXPECT_EQ(report.utterances[0] + report.utterances[1] + report.utterances[2], 300);
  EXPECT_EQ(report.skipped, 0);
  EXPECT_GT(report.improving, 0);
  EXPECT_LT(report.improving, report.candidates);
  EXPECT_EQ(report.before.utterances, report.utterances[2]);
  EXPECT_NEAR(report.before.rate, 1.0 / 9.0, 0.03);
  ASSERT_EQ(report.modes.size(), kModes.size());
  const ModeResult& balanced = report.modes[1];
  EXPECT_EQ(balanced.mode, Mode::balanced);
  EXPECT_LT(balanced.cer.rate, 0.75 * report.before.rate);
  EXPECT_LT(balanced.high, 0.0);
  EXPECT_NEAR(balanced.cer.rate - report.before.rate, balanced.change, 1e-12);
  EXPECT_GT(balanced.better, report.utterances[2] / 3);
  EXPECT_EQ(balanced.worse, 0);  // frames where the recogniser hesitates are told from the others
  EXPECT_EQ(balanced.better + balanced.same + balanced.worse, report.utterances[2]);
  EXPECT_FALSE(report.better.empty());
  EXPECT_TRUE(report.worse.empty());
  std::int64_t binned = 0;
  for (const ReliabilityBin& bin : report.reliability) binned += bin.count;
  EXPECT_GT(binned, 0);
}

TEST_F(FitTest, MoreEditsMendMore) {
  const double one = fit_all().report.modes[1].cer.rate;
  options_.limits.max_edits = 4;
  const FitResult four = fit_all();
  EXPECT_LT(four.report.modes[1].cer.rate, one);
  EXPECT_EQ(four.ranker.limits.max_edits, 4);
}

TEST_F(FitTest, EqualRowsMakeEqualBytesInAnyOrder) {
  const std::string once = fit_all().ranker.to_text();
  EXPECT_EQ(fit_all().ranker.to_text(), once);
  std::ranges::shuffle(input_.rows, random_);
  EXPECT_EQ(fit_all().ranker.to_text(), once);
}

TEST_F(FitTest, TheRankerIsReadAgain) {
  const FitResult result = fit_all();
  const std::string text = result.ranker.to_text();
  EXPECT_EQ(Ranker::parse(text, "ranker.json").to_text(), text);
  EXPECT_EQ(result.ranker.head.difference(input_.head), "");
  EXPECT_FALSE(result.ranker.language_model.has_value());
}

TEST_F(FitTest, TheTestPartIsNotLearntFrom) {
  const std::string once = fit_all().ranker.to_text();
  for (Row& row : input_.rows) {
    if (part_of(row.id) == Part::test) row.reference = text_of({kTa});
  }
  EXPECT_EQ(fit_all().ranker.to_text(), once);
}

TEST_F(FitTest, NoRowIsJudgedByMapsThatHaveSeenIt) {
  // One row of the fit part is wrong, so that nothing that others teach improves it.
  options_.mine.min_support = 1;
  bool wrong = false;
  for (Row& row : input_.rows) {
    const bool keep = !wrong && part_of(row.id) == Part::fit && row.reference != row.hypothesis;
    if (!keep) row.reference = row.hypothesis;
    wrong = wrong || keep;
  }
  ASSERT_TRUE(wrong);
  EXPECT_TRUE(test::is_bad_data("", [&] { (void)fit_all(); }));
}

TEST_F(FitTest, WeightsDoNotSeeTheCalibratePart) {
  const FitResult once = fit_all();
  for (Row& row : input_.rows) {
    if (part_of(row.id) == Part::calibrate) row.reference = row.hypothesis;  // every edit harms
  }
  const FitResult again = fit_all();
  EXPECT_EQ(again.ranker.confusions, once.ranker.confusions);
  EXPECT_EQ(again.ranker.bias, once.ranker.bias);
  for (std::size_t i = 0; i < kFeatures; ++i) {
    EXPECT_EQ(again.ranker.features[i].weight, once.ranker.features[i].weight);
  }
  for (const double threshold : again.ranker.thresholds) EXPECT_EQ(threshold, 2.0);
}

TEST_F(FitTest, RowsThatTheFramesCannotCarryAreCountedAndLeftOut) {
  for (Row& row : input_.rows) {
    if (row.id == "utterance-3") row.hypothesis = std::string(text_of(std::vector<std::int64_t>(60, kBa)));
  }
  EXPECT_EQ(fit_all().report.skipped, 1);
  options_.limits.max_symbols = 100'000;
  EXPECT_EQ(fit_all().report.skipped, 1);
}

TEST_F(FitTest, RowsThatCannotTeachAreRefused) {
  auto rows = input_.rows;
  input_.rows[5].reference.reset();
  EXPECT_TRUE(test::is_bad_data("utterance-5: reference", [&] { (void)fit_all(); }));
  input_.rows = rows;
  input_.rows[5].frames.clear();
  EXPECT_TRUE(test::is_bad_data("utterance-5: log_probs", [&] { (void)fit_all(); }));
  input_.rows = {rows[0]};
  EXPECT_TRUE(test::is_bad_data("utterances for fitting, calibrating and testing", [&] { (void)fit_all(); }));
  input_.rows = rows;
  input_.rows[5].frames = *dir_ / "missing.npy";
  EXPECT_TRUE(test::fails_with(ErrorCategory::no_input, "missing.npy", [&] { (void)fit_all(); }));
}

TEST_F(FitTest, ProgressIsToldAndMayStopIt) {
  std::size_t last = 0;
  (void)fit(input_, options_, [&](std::size_t done, std::size_t total) {
    EXPECT_EQ(done, last + 1);
    EXPECT_EQ(total, 300U);
    last = done;
  });
  EXPECT_EQ(last, 300U);
  EXPECT_THROW((void)fit(input_, options_, [](std::size_t, std::size_t) { throw 7; }), int);
}

TEST(PartOf, DependsOnTheIdAloneAndHoldsItsShares) {
  std::array<int, 3> counts{};
  for (int i = 0; i < 4000; ++i) ++counts[static_cast<std::size_t>(part_of("id-" + std::to_string(i)))];
  EXPECT_NEAR(counts[0], 2000, 130);
  EXPECT_NEAR(counts[1], 1000, 110);
  EXPECT_NEAR(counts[2], 1000, 110);
  // Of SHA-256("a") = ca978112ca1bbdca…, "b" = 3e23e8160039594a…, "c" = 2e7d2c03a9507ae2…: the first 60 bits modulo 4.
  EXPECT_EQ(part_of("a"), Part::fit);        // …c
  EXPECT_EQ(part_of("b"), Part::fit);        // …4
  EXPECT_EQ(part_of("c"), Part::calibrate);  // …e
}

TEST(Place, TakesTheGreedyFramesOrAlignsOrGivesUp) {
  std::vector<float> values;
  add_frame(values, kBa, 0.9F, kBlank, 0.05F);
  add_frame(values, kA, 0.6F, kE, 0.3F);
  add_frame(values, kBlank, 0.9F, kA, 0.05F);
  const ctc::LogProbsView view{values.data(), 3, kClasses};
  const auto greedy = place(view, text_of({kBa, kA}), letters());
  ASSERT_TRUE(greedy.has_value());
  EXPECT_EQ((*greedy)[1].first_frame, 1);
  const auto aligned = place(view, text_of({kBa, kE}), letters());
  ASSERT_TRUE(aligned.has_value());
  EXPECT_EQ((*aligned)[1].label, kE);
  EXPECT_EQ((*aligned)[1].first_frame, 1);
  EXPECT_FALSE(place(view, text_of({kBa, kA, kBa, kA}), letters()).has_value());
  EXPECT_TRUE(test::is_bad_data("hypothesis", [&] { (void)place(view, "x", letters()); }));
}

}  // namespace
}  // namespace seben::correction
