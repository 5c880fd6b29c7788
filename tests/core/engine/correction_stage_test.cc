// SPDX-License-Identifier: Apache-2.0
#include "engine/correction_stage.h"

#include <gtest/gtest.h>

#include <cmath>

#include "text/nko/vocabulary.h"

namespace seben::pipeline {
namespace {

constexpr std::int64_t kSpace = 2, kBlank = 3;

nko::Vocabulary letters() { return {{"\u07ca", "\u07cb", " ", "<blank>"}, kBlank, {}, "test"}; }

ctc::Symbol symbol(std::int64_t label, std::int64_t first, std::int64_t last) { return {label, first, last, 0, 0}; }

// Rows that favour one class each.
struct Frames {
  std::vector<float> values;
  explicit Frames(const std::vector<std::int64_t>& best, float other = 0.02F) {
    for (const std::int64_t b : best) {
      for (std::int64_t c = 0; c < 4; ++c) values.push_back(std::log(c == b ? 1.0F - 3 * other : other));
    }
  }
  [[nodiscard]] ctc::LogProbsView view() const {
    return {values.data(), static_cast<std::int64_t>(values.size()) / 4, 4};
  }
};

// A ranker that takes whatever its one confusion proposes (0 to 1) when `bias` is above the threshold's log-odds.
correction::Ranker ranker(double bias, std::int64_t max_symbols = 100) {
  correction::Ranker out;
  for (const auto name : correction::feature_names()) out.features.push_back({std::string(name), 0.0, 1.0, 0.0});
  out.bias = bias;
  out.thresholds = {0.5, 0.5, 0.5, 0.5};
  out.limits.max_symbols = max_symbols;
  out.confusions.confusions.push_back({correction::EditKind::substitution, "\u07ca", "\u07cb", 5, 10, {}});
  return out;
}

CorrectionStage stage(correction::Ranker model) {
  return {std::make_shared<const correction::Corrector>(std::move(model), letters()), {}};
}

TEST(Pieces, ShortTextsStayWhole) {
  const std::vector<ctc::Symbol> text{symbol(0, 1, 1), symbol(kSpace, 3, 3), symbol(1, 5, 5)};
  const auto pieces = cut_into_pieces(text, 10, 3, kSpace);
  ASSERT_EQ(pieces.size(), 1U);
  EXPECT_EQ(pieces[0].end, 3U);
  EXPECT_EQ(pieces[0].end_frame, 10);
  EXPECT_TRUE(cut_into_pieces({}, 10, 3, kSpace).empty());
}

TEST(Pieces, LongTextsAreCutAtTheWidestPauseBetweenWords) {
  const std::vector<ctc::Symbol> text{symbol(0, 1, 1),        symbol(kSpace, 2, 2), symbol(1, 3, 3),
                                      symbol(kSpace, 10, 10), symbol(0, 20, 20),    symbol(kSpace, 21, 21),
                                      symbol(1, 22, 22)};
  const auto pieces = cut_into_pieces(text, 30, 4, kSpace);
  ASSERT_EQ(pieces.size(), 2U);
  EXPECT_EQ(pieces[0].end, 3U);
  EXPECT_EQ(pieces[1].first, 4U);
  EXPECT_EQ(pieces[0].end_frame, 10);
  EXPECT_EQ(pieces[1].first_frame, 11);
  EXPECT_EQ(pieces[1].end_frame, 30);
}

TEST(Pieces, AWordThatIsTooLongStaysWhole) {
  const std::vector<ctc::Symbol> text{symbol(0, 1, 1), symbol(1, 3, 3), symbol(0, 5, 5)};
  EXPECT_EQ(cut_into_pieces(text, 10, 2, kSpace).size(), 1U);
}

TEST(Stage, EditsAreOnTheFramesOfTheRecording) {
  const Frames frames({kBlank, 0, kBlank, 1, kBlank});
  correction::Proposals memory;
  std::vector<PlacedEdit> edits;
  const auto out = stage(ranker(3.0)).apply(frames.view(), {symbol(0, 1, 1), symbol(1, 3, 3)}, 100, memory, edits);
  ASSERT_EQ(out.size(), 2U);
  EXPECT_EQ(out[0].label, 1);
  ASSERT_EQ(edits.size(), 1U);
  EXPECT_EQ(edits[0].first_frame, 100);
  EXPECT_EQ(edits[0].end_frame, 103);
  const TextEdit shown = describe(edits[0], letters(), {25.0});
  EXPECT_EQ(shown.kind, "SUB");
  EXPECT_EQ(shown.from, "\u07ca");
  EXPECT_EQ(shown.to, "\u07cb");
  EXPECT_DOUBLE_EQ(shown.start, 4.0);
  EXPECT_NEAR(shown.probability, 1.0 / (1.0 + std::exp(-3.0)), 1e-12);
}

TEST(Stage, NothingAcceptableLeavesTheTextAlone) {
  const Frames frames({0, kBlank, 1});
  correction::Proposals memory;
  std::vector<PlacedEdit> edits;
  const std::vector<ctc::Symbol> text{symbol(0, 0, 0), symbol(1, 2, 2)};
  EXPECT_EQ(stage(ranker(-3.0)).apply(frames.view(), text, 0, memory, edits), text);
  EXPECT_TRUE(edits.empty());
}

TEST(Stage, PiecesAreCorrectedApartAndJoinedByTheirSpace) {
  const Frames frames({0, kBlank, kSpace, kBlank, 0, kBlank});
  correction::Proposals memory;
  std::vector<PlacedEdit> edits;
  const auto out =
      stage(ranker(3.0, 1))
          .apply(frames.view(), {symbol(0, 0, 0), symbol(kSpace, 2, 2), symbol(0, 4, 4)}, 0, memory, edits);
  ASSERT_EQ(out.size(), 3U);
  EXPECT_EQ(out[0].label, 1);
  EXPECT_EQ(out[1].label, kSpace);
  EXPECT_EQ(out[2].label, 1);
  EXPECT_EQ(edits.size(), 2U);
  for (std::size_t i = 1; i < out.size(); ++i) EXPECT_GT(out[i].first_frame, out[i - 1].last_frame);
}

TEST(Stage, SpacesAtTheEndsAndDoubledOnesAreDropped) {
  const Frames frames({kSpace, 0, kSpace, kBlank, kSpace, 1, kSpace});
  correction::Proposals memory;
  std::vector<PlacedEdit> edits;
  const auto out = stage(ranker(-3.0))
                       .apply(frames.view(),
                              {symbol(kSpace, 0, 0), symbol(0, 1, 1), symbol(kSpace, 2, 2), symbol(kSpace, 4, 4),
                               symbol(1, 5, 5), symbol(kSpace, 6, 6)},
                              0, memory, edits);
  ASSERT_EQ(out.size(), 3U);
  EXPECT_EQ(out[1].label, kSpace);
}

TEST(EditsInText, OnlyThoseOfTheReadingThatWasKeptEachOnce) {
  correction::AppliedEdit to_one;
  to_one.kind = correction::EditKind::substitution;
  to_one.from = 0;
  to_one.to = 1;
  correction::AppliedEdit drop;
  drop.kind = correction::EditKind::deletion;
  drop.from = 0;
  const std::vector<PlacedEdit> edits{
      {to_one, 10, 12}, {to_one, 11, 13}, {to_one, 50, 52}, {drop, 70, 72}, {drop, 80, 82}};
  const std::vector<ctc::Symbol> text{symbol(1, 11, 11), symbol(0, 51, 51), symbol(0, 71, 71), symbol(1, 81, 81)};
  const auto kept = in_text(edits, text);
  ASSERT_EQ(kept.size(), 2U);
  EXPECT_EQ(kept[0].first_frame, 10);
  EXPECT_EQ(kept[1].first_frame, 80);
}

}  // namespace
}  // namespace seben::pipeline
