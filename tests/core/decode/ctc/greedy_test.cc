// SPDX-License-Identifier: Apache-2.0
#include "decode/ctc/greedy.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "support/errors.h"
#include "support/random_log_probs.h"

namespace seben::ctc {
namespace {

TEST(Greedy, MergesRepeatsDropsBlanksAndKeepsTimes) {
  // a a - a b b, blank is class 2
  const LogProbs utterance = test::from_probabilities(
      {{0.9, 0.05, 0.05}, {0.4, 0.3, 0.3}, {0.1, 0.1, 0.8}, {0.5, 0.25, 0.25}, {0.1, 0.6, 0.3}, {0.1, 0.8, 0.1}});
  const Hypothesis found = greedy(utterance.view(), 2, 1000);
  ASSERT_EQ(found.symbols.size(), 3U);
  EXPECT_EQ(found.symbols[0].label, 0);
  EXPECT_EQ(found.symbols[0].first_frame, 1000);
  EXPECT_EQ(found.symbols[0].last_frame, 1001);
  EXPECT_NEAR(found.symbols[0].log_prob, std::log(0.9 * 0.4), 1e-6);
  EXPECT_NEAR(found.symbols[0].confidence, std::sqrt(0.9 * 0.4), 1e-6);
  EXPECT_EQ(found.symbols[1].label, 0);
  EXPECT_EQ(found.symbols[1].first_frame, 1003);
  EXPECT_EQ(found.symbols[1].last_frame, 1003);
  EXPECT_NEAR(found.symbols[1].confidence, 0.5, 1e-6);
  EXPECT_EQ(found.symbols[2].label, 1);
  EXPECT_EQ(found.symbols[2].first_frame, 1004);
  EXPECT_EQ(found.symbols[2].last_frame, 1005);
  EXPECT_NEAR(found.log_prob, std::log(0.9 * 0.4 * 0.8 * 0.5 * 0.6 * 0.8), 1e-5);
}

TEST(Greedy, IsTheBestSinglePath) {
  for (std::uint32_t seed = 0; seed < 40; ++seed) {
    const LogProbs utterance = test::random_log_probs(5, 4, seed);
    const Hypothesis found = greedy(utterance.view(), 0);
    double best = 0.0;
    for (const auto& [text, truth] : test::enumerate(utterance.view(), 0)) best = std::max(best, truth.best);
    EXPECT_NEAR(found.log_prob, std::log(best), 1e-9);
  }
}

TEST(Greedy, EqualScoresGoToTheLowerClass) {
  const LogProbs utterance = test::from_probabilities({{0.25, 0.25, 0.25, 0.25}});
  const Hypothesis found = greedy(utterance.view(), 3);
  ASSERT_EQ(found.symbols.size(), 1U);
  EXPECT_EQ(found.symbols[0].label, 0);
}

TEST(Greedy, NothingFromNothing) {
  EXPECT_TRUE(greedy({nullptr, 0, 3}, 2).symbols.empty());
  const LogProbs blanks = test::from_probabilities({{0.1, 0.9}, {0.2, 0.8}});
  EXPECT_TRUE(greedy(blanks.view(), 1).symbols.empty());
}

TEST(Greedy, RefusesNaNAndABlankThatIsNoClass) {
  LogProbs utterance = test::random_log_probs(3, 4, 1);
  EXPECT_TRUE(test::is_bad_data("blank", [&] { (void)greedy(utterance.view(), 4); }));
  EXPECT_TRUE(test::is_bad_data("blank", [&] { (void)greedy(utterance.view(), -1); }));
  utterance.values[6] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_TRUE(test::is_bad_data("frame 1", [&] { (void)greedy(utterance.view(), 0); }));
  utterance.values.assign(12, -std::numeric_limits<float>::infinity());
  EXPECT_TRUE(test::is_bad_data("frame 0", [&] { (void)greedy(utterance.view(), 0); }));
}

TEST(Greedy, TextComesFromTheVocabularyWhereverTheBlankIs) {
  const auto last = nko::Vocabulary::nko_blank_last(), first = nko::Vocabulary::nko_blank_first();
  const std::string text = "\u07D2\u07DE\u07CF \u07CA";
  for (const nko::Vocabulary& vocabulary : {last, first}) {
    std::vector<Symbol> symbols;
    for (const std::int64_t label : vocabulary.encode(text, "test")) symbols.push_back({label, 0, 0, 0.0F, 0.0F});
    EXPECT_EQ(to_text(symbols, vocabulary), text);
  }
}

TEST(LogSoftmaxMasked, MaskedClassesTakeNoPart) {
  const nko::Vocabulary vocabulary({"a", "b", "c", "<blank>"}, 3, {1}, "test");
  std::vector<float> logits{1.0F, 50.0F, 2.0F, 3.0F, -4.0F, 0.0F, 80.0F, 1.0F};
  log_softmax_masked(logits, 2, vocabulary);
  const double total = std::exp(1.0) + std::exp(2.0) + std::exp(3.0);
  EXPECT_NEAR(logits[0], 1.0 - std::log(total), 1e-6);
  EXPECT_EQ(logits[1], -std::numeric_limits<float>::infinity());
  EXPECT_NEAR(logits[2], 2.0 - std::log(total), 1e-6);
  EXPECT_NEAR(logits[3], 3.0 - std::log(total), 1e-6);
  EXPECT_NEAR(logits[6], 0.0, 1e-6);
  EXPECT_NO_THROW(require_normalised({logits.data(), 2, 4}, "test"));
}

TEST(LogSoftmaxMasked, LargeLogitsDoNotOverflow) {
  const nko::Vocabulary vocabulary = nko::Vocabulary::nko_blank_last();
  std::vector<float> logits(66, -1e30F);
  logits[3] = 1e30F;
  log_softmax_masked(logits, 1, vocabulary);
  EXPECT_EQ(logits[3], 0.0F);
  EXPECT_NO_THROW(require_normalised({logits.data(), 1, 66}, "test"));
}

TEST(RequireNormalised, NamesTheFrame) {
  LogProbs utterance = test::random_log_probs(5, 4, 2);
  EXPECT_NO_THROW(require_normalised(utterance.view(), "test"));
  LogProbs scaled = utterance;
  for (std::size_t i = 8; i < 12; ++i) scaled.values[i] += 0.01F;
  EXPECT_TRUE(test::is_bad_data("test: frame 2", [&] { require_normalised(scaled.view(), "test"); }));
  utterance.values[17] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_TRUE(test::is_bad_data("test: frame 4", [&] { require_normalised(utterance.view(), "test"); }));
  EXPECT_TRUE(test::is_bad_data("at least one frame", [&] { require_normalised({nullptr, 0, 4}, "test"); }));
}

}  // namespace
}  // namespace seben::ctc
