// SPDX-License-Identifier: Apache-2.0
// One case by hand for each feature: docs/correction.md has the formulas.
#include "correct/features.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <set>

namespace seben::correction {
namespace {

constexpr std::int64_t kA = 0, kE = 1, kBa = 2, kTa = 3, kSpace = 4, kNasal = 5, kHigh = 6, kBlank = 7, kClasses = 8;
constexpr double kNever = -std::numeric_limits<double>::infinity();

nko::Vocabulary letters() {
  return {{"\u07ca", "\u07cb", "\u07d3", "\u07d5", " ", "\u07f2", "\u07eb", "_"}, kBlank, {}, "test"};
}

// Every class -9 but for what is set.
struct Frames {
  explicit Frames(std::int64_t count) : frames(count), values(static_cast<std::size_t>(count * kClasses), -9.0F) {}
  Frames& set(std::int64_t t, std::int64_t label, float value) {
    values[static_cast<std::size_t>(t * kClasses + label)] = value;
    return *this;
  }
  [[nodiscard]] ctc::LogProbsView view() const { return {values.data(), frames, kClasses}; }
  std::int64_t frames;
  std::vector<float> values;
};

ctc::Symbol symbol(std::int64_t label, std::int64_t first, std::int64_t last) { return {label, first, last, 0, 0}; }

// ba a, space, ta e: frames 1, 3..4, 6, 8, 11 of 14.
class Features : public ::testing::Test {
 protected:
  Features() {
    for (std::int64_t t = 0; t < 14; ++t) frames.set(t, kBlank, -0.25F);
  }

  FeatureVector of(const Candidate& candidate, double score, double hypothesis_score = -10.0) {
    return of_many({candidate}, {hypothesis_score, score})[1];
  }
  std::vector<FeatureVector> of_many(std::vector<Candidate> candidates, const std::vector<double>& scores,
                                     const lm::NgramModel* model = nullptr) {
    candidates.insert(candidates.begin(), Candidate{});
    std::vector<FeatureVector> out;
    FeatureExtractor(vocabulary, model).compute({frames.view(), symbols, candidates, scores}, out);
    return out;
  }
  static double get(const FeatureVector& v, Feature f) { return v[static_cast<std::size_t>(f)]; }

  nko::Vocabulary vocabulary = letters();
  Frames frames{14};
  std::vector<ctc::Symbol> symbols{symbol(kBa, 1, 1), symbol(kA, 3, 4), symbol(kSpace, 6, 6), symbol(kTa, 8, 8),
                                   symbol(kE, 11, 11)};
  Candidate a_to_e{{1, 1, kE}, 0.2, 9};
  Candidate drop_a{{1, 1, -1}, 0.2, 9};
  Candidate nasal_after_a{{2, 0, kNasal}, 0.2, 9};
};

TEST_F(Features, NamesAreUniqueAndInTheOrderOfTheEnumeration) {
  const auto names = feature_names();
  ASSERT_EQ(names.size(), kFeatures);
  EXPECT_EQ(std::set<std::string_view>(names.begin(), names.end()).size(), kFeatures);
  EXPECT_EQ(names[static_cast<std::size_t>(Feature::is_substitution)], "is_substitution");
  EXPECT_EQ(names[static_cast<std::size_t>(Feature::articulatory_distance)], "articulatory_distance");
  EXPECT_EQ(names[static_cast<std::size_t>(Feature::margin)], "margin");
  EXPECT_EQ(names[static_cast<std::size_t>(Feature::language_model_gain)], "language_model_gain");
  EXPECT_EQ(names[static_cast<std::size_t>(Feature::log_room)], "log_room");
}

TEST_F(Features, OperationIsOneOfThree) {
  const auto kinds = [&](const Candidate& c) {
    const auto v = of(c, -12.0);
    return std::array{get(v, Feature::is_substitution), get(v, Feature::is_deletion), get(v, Feature::is_insertion)};
  };
  EXPECT_EQ(kinds(a_to_e), (std::array{1.0, 0.0, 0.0}));
  EXPECT_EQ(kinds(drop_a), (std::array{0.0, 1.0, 0.0}));
  EXPECT_EQ(kinds(nasal_after_a), (std::array{0.0, 0.0, 1.0}));
}

TEST_F(Features, ChangesSpace) {
  EXPECT_EQ(get(of({{2, 1, -1}, 0.1, 1}, -12.0), Feature::changes_space), 1.0);
  EXPECT_EQ(get(of({{2, 1, kHigh}, 0.1, 1}, -12.0), Feature::changes_space), 1.0);
  EXPECT_EQ(get(of({{4, 0, kSpace}, 0.1, 1}, -12.0), Feature::changes_space), 1.0);
  EXPECT_EQ(get(of(a_to_e, -12.0), Feature::changes_space), 0.0);
}

TEST_F(Features, ArticulationOfConsonants) {
  const auto v = of({{0, 1, kTa}, 0.1, 1}, -12.0);  // ba to ta: voice goes, lips to teeth
  EXPECT_EQ(get(v, Feature::voicing), 1.0);
  EXPECT_NEAR(get(v, Feature::place), 0.3, 1e-12);
  EXPECT_EQ(get(v, Feature::manner), 0.0);
  EXPECT_EQ(get(v, Feature::nasality), 0.0);
  EXPECT_NEAR(get(v, Feature::articulatory_distance), 0.05 + 0.15 + 0.35 * 0.3, 1e-12);
}

TEST_F(Features, ArticulationOfVowels) {
  const auto v = of(a_to_e, -12.0);  // open central to close-mid front
  EXPECT_NEAR(get(v, Feature::height), 0.67, 1e-12);
  EXPECT_NEAR(get(v, Feature::backness), 0.5, 1e-12);
  EXPECT_EQ(get(v, Feature::roundness), 0.0);
  EXPECT_NEAR(get(v, Feature::articulatory_distance), 0.05 + 0.35 * 0.67 + 0.2 * 0.5, 1e-12);
}

TEST_F(Features, ArticulationOfMarks) {
  symbols[1] = symbol(kNasal, 3, 4);
  const auto v = of({{1, 1, kHigh}, 0.1, 1}, -12.0);
  EXPECT_EQ(get(v, Feature::nasality), 1.0);
  EXPECT_EQ(get(v, Feature::tone), 1.0);
  EXPECT_EQ(get(v, Feature::length), 0.0);
  const nko::Vocabulary tones({"\u07eb", "\u07f0", "_"}, 2, {}, "test");  // short high, long low
  const std::vector<ctc::Symbol> one{symbol(0, 0, 0)};
  const std::vector<Candidate> candidates{{}, {{0, 1, 1}, 0.1, 1}};
  const std::vector<float> flat(3, -1.0F);
  std::vector<FeatureVector> out;
  FeatureExtractor(tones, nullptr).compute({{flat.data(), 1, 3}, one, candidates, std::vector<double>{-1, -1}}, out);
  EXPECT_EQ(get(out[1], Feature::length), 1.0);
  EXPECT_EQ(get(out[1], Feature::tone), 1.0);
}

TEST_F(Features, WeightStandsForDistanceWhenOneSideIsNothing) {
  EXPECT_EQ(get(of(drop_a, -12.0), Feature::articulatory_distance), 0.7);
  EXPECT_EQ(get(of(nasal_after_a, -12.0), Feature::articulatory_distance), 0.5);
  EXPECT_EQ(get(of({{0, 1, -1}, 0.1, 1}, -12.0), Feature::articulatory_distance), 1.0);
  EXPECT_EQ(get(of(drop_a, -12.0), Feature::height), 0.0);
}

TEST_F(Features, GainAndGainPerFrame) {
  const auto v = of(a_to_e, -7.0);  // room: frames 2..5
  EXPECT_DOUBLE_EQ(get(v, Feature::gain), 3.0);
  EXPECT_DOUBLE_EQ(get(v, Feature::gain_per_frame), 0.75);
  EXPECT_DOUBLE_EQ(get(of(a_to_e, -100.0), Feature::gain), -40.0);
  EXPECT_DOUBLE_EQ(get(of(a_to_e, kNever), Feature::gain), -40.0);
  EXPECT_DOUBLE_EQ(get(of(a_to_e, -5.0, kNever), Feature::gain), 40.0);
  EXPECT_DOUBLE_EQ(get(of(a_to_e, kNever, kNever), Feature::gain), 0.0);
}

TEST_F(Features, GainRankCountsFromTheBestEdit) {
  const auto all = of_many({a_to_e, drop_a, nasal_after_a}, {-1.0, -7.0, -3.0, -7.0});
  EXPECT_EQ(get(all[2], Feature::gain_rank), 0.0);
  EXPECT_DOUBLE_EQ(get(all[1], Feature::gain_rank), std::log(2.0));  // of equal ones the first
  EXPECT_DOUBLE_EQ(get(all[3], Feature::gain_rank), std::log(3.0));
}

TEST_F(Features, LogPosteriorSharesAmongAllCandidates) {
  const auto all = of_many({a_to_e, drop_a}, {std::log(0.5), std::log(0.2), std::log(0.1)});
  EXPECT_NEAR(get(all[1], Feature::log_posterior), std::log(0.2 / 0.8), 1e-12);
  EXPECT_NEAR(get(all[2], Feature::log_posterior), std::log(0.1 / 0.8), 1e-12);
  const auto never = of_many({a_to_e}, {-1.0, kNever});
  EXPECT_EQ(get(never[1], Feature::log_posterior), -40.0);
  EXPECT_EQ(get(of_many({a_to_e}, {kNever, kNever})[1], Feature::log_posterior), 0.0);
}

TEST_F(Features, MarginOfASubstitutionIsThatOfTheBestFrame) {
  frames.set(3, kA, -1.0F).set(3, kE, -3.0F).set(4, kA, -1.5F).set(4, kE, -2.0F);
  EXPECT_NEAR(get(of(a_to_e, -12.0), Feature::margin), -0.5, 1e-6);
}

TEST_F(Features, MarginOfADeletionIsThatOfTheWorstFrame) {
  frames.set(3, kA, -1.0F).set(4, kA, -0.125F);
  EXPECT_NEAR(get(of(drop_a, -12.0), Feature::margin), -0.25 + 0.125, 1e-6);
}

TEST_F(Features, MarginOfAnInsertionIsThatOfTheBestFrameOfItsRoom) {
  frames.set(5, kNasal, -1.25F);
  frames.set(7, kNasal, -0.5F);  // beyond the space
  EXPECT_NEAR(get(of(nasal_after_a, -12.0), Feature::margin), -1.0, 1e-6);
}

TEST_F(Features, MarginOfAnInsertionWithoutRoomIsAgainstTheNeighbours) {
  symbols[2] = symbol(kSpace, 5, 6);
  frames.set(4, kA, -1.0F).set(4, kNasal, -3.0F).set(5, kSpace, -0.5F).set(5, kNasal, -1.5F);
  EXPECT_NEAR(get(of(nasal_after_a, -12.0), Feature::margin), -1.0, 1e-6);
}

TEST_F(Features, MarginDoesNotGoBelowTheFloor) {
  const float never = -std::numeric_limits<float>::infinity();
  frames.set(3, kE, never).set(4, kE, never).set(3, kA, -0.5F).set(4, kA, -0.5F);
  EXPECT_NEAR(get(of(a_to_e, -12.0), Feature::margin), -29.5, 1e-6);
}

TEST_F(Features, SymbolLogProbIsItsMean) {
  frames.set(3, kA, -1.0F).set(4, kA, -2.0F);
  EXPECT_NEAR(get(of(a_to_e, -12.0), Feature::symbol_log_prob), -1.5, 1e-6);
  EXPECT_NEAR(get(of(drop_a, -12.0), Feature::symbol_log_prob), -1.5, 1e-6);
  EXPECT_EQ(get(of(nasal_after_a, -12.0), Feature::symbol_log_prob), 0.0);
}

TEST_F(Features, PriorIsLogOddsAndSupportALogarithm) {
  const auto v = of(a_to_e, -12.0);
  EXPECT_NEAR(get(v, Feature::prior), std::log(0.2 / 0.8), 1e-12);
  EXPECT_NEAR(get(v, Feature::log_support), std::log(10.0), 1e-12);
  EXPECT_EQ(get(of({{1, 1, kE}, 1.0, 1}, -12.0), Feature::prior), 12.0);
  EXPECT_EQ(get(of({{1, 1, kE}, 0.0, 1}, -12.0), Feature::prior), -12.0);
  EXPECT_EQ(get(of({{1, 1, kE}, 1e-9, 1}, -12.0), Feature::prior), -12.0);
}

// Bigrams over a, e and ba.
constexpr const char* kArpa =
    "\\data\\\nngram 1=6\nngram 2=3\n\n\\1-grams:\n-99 <s> -0.1\n-1.0 </s>\n-2.0 <unk>\n-0.6 \u07ca -0.2\n-0.9 \u07cb "
    "-0.3\n"
    "-0.5 \u07d3 -0.4\n\n\\2-grams:\n-0.2 \u07d3 \u07ca\n-0.7 \u07d3 \u07cb\n-0.3 \u07ca </s>\n\n\\end\\\n";

TEST_F(Features, LanguageModelGainIsThatOfTheWholeTexts) {
  const lm::NgramModel model = lm::NgramModel::parse(kArpa, "test");
  symbols = {symbol(kBa, 1, 1), symbol(kA, 3, 4), symbol(kBa, 6, 6), symbol(kA, 8, 8)};
  const std::vector<Candidate> edits{{{1, 1, kE}, 0.1, 1}, {{1, 1, -1}, 0.1, 1}, {{4, 0, kE}, 0.1, 1},
                                     {{0, 1, kA}, 0.1, 1}, {{3, 1, -1}, 0.1, 1}, {{0, 0, kTa}, 0.1, 1}};
  const auto all = of_many(edits, std::vector<double>(edits.size() + 1, -1.0), &model);
  const std::u32string ba_a_ba_a = U"\u07d3\u07ca\u07d3\u07ca";
  const auto gain = [&](std::u32string_view text) { return model.text_score(text) - model.text_score(ba_a_ba_a); };
  EXPECT_NEAR(get(all[1], Feature::language_model_gain), gain(U"\u07d3\u07cb\u07d3\u07ca"), 1e-9);
  EXPECT_NEAR(get(all[2], Feature::language_model_gain), gain(U"\u07d3\u07d3\u07ca"), 1e-9);
  EXPECT_NEAR(get(all[3], Feature::language_model_gain), gain(U"\u07d3\u07ca\u07d3\u07ca\u07cb"), 1e-9);
  EXPECT_NEAR(get(all[4], Feature::language_model_gain), gain(U"\u07ca\u07ca\u07d3\u07ca"), 1e-9);
  EXPECT_NEAR(get(all[5], Feature::language_model_gain), gain(U"\u07d3\u07ca\u07d3"), 1e-9);
  EXPECT_NEAR(get(all[6], Feature::language_model_gain), gain(U"\u07d5\u07d3\u07ca\u07d3\u07ca"), 1e-9);
  // By hand: ba e for ba a, then e ba (back-off of e, unigram ba) for a ba.
  const double by_hand = std::log(10.0) * (-0.7 + 0.2 + (-0.3 - 0.5) - (-0.2 - 0.5));
  EXPECT_NEAR(get(all[1], Feature::language_model_gain), by_hand, 1e-9);
  EXPECT_EQ(get(of_many(edits, std::vector<double>(7, -1.0))[1], Feature::language_model_gain), 0.0);
}

TEST_F(Features, ValidityIsThatOfTheWordsAroundTheEdit) {
  // ta, nasal mark is no syllable: the second word is impossible; edits in the first do not see it.
  symbols[4] = symbol(kNasal, 11, 11);
  const auto first = of(a_to_e, -12.0);
  EXPECT_EQ(get(first, Feature::valid_before), 1.0);
  EXPECT_EQ(get(first, Feature::valid_after), 1.0);
  const auto second = of({{4, 1, kA}, 0.1, 1}, -12.0);
  EXPECT_EQ(get(second, Feature::valid_before), 0.0);
  EXPECT_EQ(get(second, Feature::valid_after), 1.0);
  const auto joined = of({{2, 1, -1}, 0.1, 1}, -12.0);  // both words
  EXPECT_EQ(get(joined, Feature::valid_before), 0.0);
  EXPECT_EQ(get(joined, Feature::valid_after), 0.0);
  const auto worse = of({{1, 1, kNasal}, 0.1, 1}, -12.0);
  EXPECT_EQ(get(worse, Feature::valid_before), 1.0);
  EXPECT_EQ(get(worse, Feature::valid_after), 0.0);
}

TEST_F(Features, PositionLengthAndRoom) {
  const auto v = of(a_to_e, -12.0);
  EXPECT_DOUBLE_EQ(get(v, Feature::position), 1.0 / 5.0);
  EXPECT_DOUBLE_EQ(get(v, Feature::log_length), std::log(6.0));
  EXPECT_DOUBLE_EQ(get(v, Feature::log_room), std::log(5.0));
  EXPECT_DOUBLE_EQ(get(of({{5, 0, kA}, 0.1, 1}, -12.0), Feature::position), 1.0);
}

TEST_F(Features, CopyIsAllZero) { EXPECT_EQ(of_many({a_to_e}, {-1.0, -2.0})[0], FeatureVector{}); }

TEST_F(Features, EverythingIsFinite) {
  for (const double score : {kNever, -1e9, 0.0}) {
    for (const Candidate& c : {a_to_e, drop_a, nasal_after_a}) {
      for (const double value : of(c, score)) EXPECT_TRUE(std::isfinite(value));
    }
  }
}

TEST(RoomOf, IsWhatTheNeighboursLeave) {
  const std::vector<ctc::Symbol> symbols{symbol(kBa, 2, 3), symbol(kA, 5, 5), symbol(kE, 6, 9)};
  const auto room = [&](const ctc::LabelEdit& edit, std::int64_t frames = 12) {
    const Room r = room_of(edit, symbols, frames);
    return std::pair(r.first, r.end);
  };
  using P = std::pair<std::int64_t, std::int64_t>;
  EXPECT_EQ(room({1, 1, kE}), P(4, 6));
  EXPECT_EQ(room({1, 1, -1}), P(4, 6));
  EXPECT_EQ(room({0, 1, kE}), P(0, 5));
  EXPECT_EQ(room({2, 1, kA}), P(6, 12));
  EXPECT_EQ(room({1, 0, kE}), P(4, 5));
  EXPECT_EQ(room({2, 0, kBa}), P(6, 6));  // the neighbours touch
  EXPECT_EQ(room({0, 0, kE}), P(0, 2));
  EXPECT_EQ(room({3, 0, kA}), P(10, 12));
  EXPECT_EQ(room({3, 0, kA}, 100), P(10, 35));  // at most 25
  EXPECT_EQ(room({2, 1, kA}, 100), P(6, 100));  // of insertions only
}

TEST(RoomOf, AtTheStartItIsNearTheFirstSymbol) {
  const std::vector<ctc::Symbol> late{symbol(kBa, 60, 61)};
  const Room before = room_of({0, 0, kA}, late, 80);
  EXPECT_EQ(before.first, 35);
  EXPECT_EQ(before.end, 60);
  const Room nothing = room_of({0, 0, kA}, {}, 80);
  EXPECT_EQ(nothing.end - nothing.first, 25);
}

}  // namespace
}  // namespace seben::correction
