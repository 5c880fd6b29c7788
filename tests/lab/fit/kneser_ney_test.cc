// SPDX-License-Identifier: Apache-2.0
#include "fit/kneser_ney.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <random>

#include "support/errors.h"
#include "support/shared_data.h"
#include "text/nko/utf8.h"

namespace seben::lm {
namespace {

std::vector<std::u32string> random_sentences(std::uint32_t seed, std::size_t count) {
  std::mt19937 random(seed);
  std::vector<std::u32string> out(count);
  for (std::u32string& s : out) {
    const std::size_t length = 1 + random() % 9;
    char32_t last = U'a';
    for (std::size_t i = 0; i < length; ++i) {
      // Letters that prefer their neighbours, some of them rare.
      const auto step = static_cast<char32_t>(random() % 7);
      last = random() % 3 == 0 ? U'a' + step : U'a' + (last - U'a' + 1 + step % 2) % 5;
      s += last;
    }
  }
  return out;
}

// Counted by hand. "ab", "ab", "b" of order 2. Bigrams: <s>a 2, ab 2, b</s> 3, <s>b 1: too few to estimate discounts
// from, so 0.5, 1 and 1.5. Unigrams count the different symbols before them: a 1 (<s>), b 2 (a, <s>), </s> 1 (b).
TEST(KneserNey, IsWhatTheFormulasSayByHand) {
  const Training training = train({U"ab", U"ab", U"b"}, {2, 1});
  const NgramModel& model = training.model;
  EXPECT_FALSE(training.discounts[0].estimated);
  EXPECT_FALSE(training.discounts[1].estimated);
  // Unigrams: total 4, discounts 0.5 + 1 + 0.5 = 2, so half the mass is spread evenly over a, b, </s>, <unk>.
  const double a = 0.5 / 4 + 0.5 / 4, b = 1.0 / 4 + 0.5 / 4, end = a, unknown = 0.5 / 4;
  EXPECT_NEAR(a + b + end + unknown, 1.0, 1e-12);
  // After <s>: total 3, a 2 less 1, b 1 less 0.5; back-off 1.5 / 3.
  auto state = model.start();
  EXPECT_NEAR(std::exp(model.score(state, model.token('a'))), 1.0 / 3 + 0.5 * a, 1e-12);
  state = model.start();
  EXPECT_NEAR(std::exp(model.score(state, model.token('b'))), 0.5 / 3 + 0.5 * b, 1e-12);
  EXPECT_NEAR(std::exp(model.end(state)), 1.5 / 3 + 0.5 * end, 1e-12);  // after b: total 3, 3 less 1.5
  state = model.start();
  EXPECT_NEAR(std::exp(model.score(state, model.token('x'))), 0.5 * unknown, 1e-12);
}

// Chen and Goodman's estimates from the numbers of n-grams seen once to four times.
TEST(KneserNey, EstimatesDiscounts) {
  // Sentences of one letter each, order 1: occurrences 1, 1, 1, 2, 2, 3, 4 and the 14 ends.
  const Training training =
      train({U"a", U"b", U"c", U"d", U"d", U"e", U"e", U"f", U"f", U"f", U"g", U"g", U"g", U"g"}, {1, 1});
  const Discounts& d = training.discounts[0];
  ASSERT_TRUE(d.estimated);
  const double y = 3.0 / (3.0 + 2 * 2.0);
  EXPECT_NEAR(d.value[0], 1 - 2 * y * 2.0 / 3.0, 1e-12);
  EXPECT_NEAR(d.value[1], 2 - 3 * y * 1.0 / 2.0, 1e-12);
  EXPECT_NEAR(d.value[2], 3 - 4 * y * 1.0 / 1.0, 1e-12);
}

// After any context, seen or not, the probabilities of everything that may follow sum to 1.
TEST(KneserNey, ProbabilitiesSumToOne) {
  for (int order = 1; order <= kMaxOrder; ++order) {
    for (const std::int64_t min_count : {1, 3}) {
      const auto sentences = random_sentences(40 + static_cast<std::uint32_t>(order), 300);
      const NgramModel model = train(sentences, {order, min_count}).model;
      const NgramModel read = NgramModel::parse(model.to_arpa(), "test");
      std::mt19937 random(5);
      for (int trial = 0; trial < 200; ++trial) {
        std::u32string context = random() % 2 == 0 ? sentences[random() % sentences.size()] : U"";
        for (std::size_t i = random() % 4; i > 0; --i)
          context += static_cast<char32_t>(U'a' + random() % 8);  // h is unknown
        auto state = model.start(), read_state = read.start();
        for (const char32_t c : context) {
          const double score = model.score(state, model.token(c));
          ASSERT_NEAR(read.score(read_state, read.token(c)), score, 1e-5);
        }
        double sum = std::exp(model.end(state));
        for (const char32_t c : std::u32string_view(U"abcdefgh")) {
          auto next = state;
          sum += std::exp(model.score(next, model.token(c)));
        }
        ASSERT_NEAR(sum, 1.0, 1e-9) << "order " << order << ", minimum " << min_count;
      }
    }
  }
}

std::vector<std::u32string> read_text(const std::string& path, std::size_t most) {
  std::ifstream in(path);
  std::vector<std::u32string> out;
  for (std::string line; out.size() < most && std::getline(in, line);) {
    out.push_back(nko::decode_utf8(nko::normalise(line, path, {true}), path));
  }
  return out;
}

// Gives back the perplexity of the longest.
double expect_longer_histories_to_be_better(const std::vector<std::u32string>& sentences,
                                            const std::vector<std::u32string>& held_out, int longest) {
  double before = 1e9;
  for (int order = 1; order <= longest; ++order) {
    const double now = perplexity(train(sentences, {order, 1}).model, held_out);
    EXPECT_LT(now, before) << order;
    before = now;
  }
  return before;
}

TEST(KneserNey, LongerHistoriesPredictNkoBetter) {
  const auto sentences = read_text(test::text_fixture("nko.txt"), 2000);
  const auto held_out = read_text(test::text_fixture("nko_held_out.txt"), 200);
  ASSERT_EQ(sentences.size(), 2000U);
  ASSERT_EQ(held_out.size(), 200U);
  EXPECT_LT(expect_longer_histories_to_be_better(sentences, held_out, 4), 10.0);
}

TEST(KneserNey, LongerHistoriesPredictNkoOfSharedData) {
  const std::string train_path = test::shared_data("text/nko_train.txt"), dev = test::shared_data("text/nko_dev.txt");
  SEBEN_SKIP_WITHOUT(train_path);
  SEBEN_SKIP_WITHOUT(dev);
  EXPECT_LT(expect_longer_histories_to_be_better(read_text(train_path, 20'000), read_text(dev, 1000), 6), 8.0);
}

TEST(KneserNey, EqualTextsGiveEqualBytes) {
  auto sentences = random_sentences(3, 200);
  const std::string text = train(sentences, {5, 1}).model.to_arpa();
  std::ranges::reverse(sentences);
  EXPECT_EQ(train(sentences, {5, 1}).model.to_arpa(), text);
  EXPECT_EQ(NgramModel::parse(text, "test").to_arpa(), text);
}

TEST(KneserNey, RefusesWhatCannotBe) {
  for (const int order : {0, 9}) {
    EXPECT_TRUE(test::fails_with(ErrorCategory::usage, "order", [&] { (void)train({U"a"}, {order, 1}); }));
  }
  EXPECT_TRUE(test::is_bad_data("at least one sentence", [] { (void)train({U"", U""}, {}); }));
  std::u32string many;
  for (char32_t c = 0x4E00; many.size() < kMaxTokens; ++c) many += c;
  EXPECT_TRUE(test::is_bad_data("at most 252 characters", [&] { (void)train({many}, {}); }));
}

}  // namespace
}  // namespace seben::lm
