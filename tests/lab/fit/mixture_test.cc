// SPDX-License-Identifier: Apache-2.0
#include "fit/mixture.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "support/errors.h"

namespace seben::lm {
namespace {

// Sentences of the letters from `first` on, neighbours preferred.
Sentences mixture_sentences(std::uint32_t seed, std::size_t count, char32_t first) {
  std::mt19937 random(seed);
  Sentences out(count);
  for (std::u32string& s : out) {
    auto at = static_cast<std::uint32_t>(random() % 5);
    for (std::size_t left = 1 + random() % 9; left > 0; --left) {
      at = random() % 3 == 0 ? static_cast<std::uint32_t>(random() % 5) : (at + 1) % 5;
      s += first + at;
    }
  }
  return out;
}

constexpr const char32_t* kAlphabet = U"abcdefgh";

// One of a..e, one of c..g; h is in neither.
std::vector<Training> two_models(int order = 3) {
  const TrainOptions options{order, 1, kAlphabet};
  return {train(mixture_sentences(1, 200, U'a'), options), train(mixture_sentences(2, 300, U'c'), options)};
}

// After contexts of every length, known and unknown, everything sums to 1.
void expect_normal(const NgramModel& model) {
  std::mt19937 random(9);
  for (int round = 0; round < 300; ++round) {
    NgramModel::State state = round % 3 == 0 ? NgramModel::State{} : model.start();
    for (std::size_t left = random() % 6; left > 0; --left) {
      model.score(state, model.token(U'a' + static_cast<char32_t>(random() % 9)));
    }
    double sum = 0.0;
    for (const char32_t* c = kAlphabet; *c != 0; ++c) {
      NgramModel::State next = state;
      sum += std::exp(model.score(next, model.token(*c)));
    }
    NgramModel::State next = state;
    sum += std::exp(model.score(next, NgramModel::kUnknown)) + std::exp(model.end(state));
    ASSERT_NEAR(sum, 1.0, 1e-9);
  }
}

TEST(Mixture, TheModelsOfOneAlphabetSumToOne) {
  for (const Training& t : two_models()) {
    expect_normal(t.model);
    EXPECT_NE(t.model.token(U'h'), NgramModel::kUnknown);
    EXPECT_EQ(t.model.token(U'i'), NgramModel::kUnknown);
  }
}

TEST(Mixture, HasTheWeightedProbabilityOfEveryNgramItKnows) {
  const auto models = two_models();
  const std::vector<double> weights{0.3, 0.7};
  const Training mixed = mix(models, weights);
  expect_normal(mixed.model);
  for (const Training& one : models) {
    for (const Ngram& n : one.ngrams) {
      if (n.tokens.back() == NgramModel::kBegin) continue;
      std::uint64_t history = 0;
      for (std::size_t i = 0; i + 1 < n.tokens.size(); ++i) history = history << 8 | n.tokens[i];
      const NgramModel::State before{history, static_cast<std::uint8_t>(n.tokens.size() - 1)};
      double expected = 0.0;
      for (std::size_t k = 0; k < 2; ++k) {
        NgramModel::State state = before;
        expected += weights[k] * std::exp(models[k].model.score(state, n.tokens.back()));
      }
      NgramModel::State state = before;
      ASSERT_NEAR(std::exp(mixed.model.score(state, n.tokens.back())), expected, 1e-9);
    }
  }
}

TEST(Mixture, OfOneModelIsThatModel) {
  const auto models = two_models();
  const Training alone = mix({models[0]}, {1.0});
  const Sentences text = mixture_sentences(5, 50, U'a');
  EXPECT_NEAR(perplexity(alone.model, text), perplexity(models[0].model, text), 1e-6);
}

TEST(Mixture, WeightsMakeTheHeldOutTextMostProbable) {
  const auto models = two_models();
  Sentences held_out = mixture_sentences(11, 30, U'a');
  for (const std::u32string& s : mixture_sentences(12, 90, U'c')) held_out.push_back(s);
  const auto weights = mixture_weights(models, held_out);
  EXPECT_NEAR(weights[0] + weights[1], 1.0, 1e-12);
  EXPECT_GT(weights[1], weights[0]);
  const double best = mixture_perplexity(models, weights, held_out);
  for (int i = 1; i < 100; ++i) {
    EXPECT_GE(mixture_perplexity(models, {i / 100.0, 1.0 - i / 100.0}, held_out), best - 1e-6);
  }
  EXPECT_NEAR(perplexity(mix(models, weights).model, held_out), best, 0.1 * best);
}

TEST(Mixture, PrunedToASizeItStaysNormalAndLosesLittle) {
  const TrainOptions options{4, 1, kAlphabet};
  const Sentences text = mixture_sentences(3, 400, U'a'), held_out = mixture_sentences(4, 100, U'a');
  const Training full = train(text, options);
  const std::size_t bytes = full.model.to_arpa().size();
  double before = perplexity(full.model, held_out) - 0.05;  // less of it may even be better
  for (const std::size_t share : {2U, 4U, 16U}) {
    const Training pruned = prune(full, {{&text, 1.0}}, bytes / share);
    EXPECT_LE(pruned.model.to_arpa().size(), bytes / share);
    EXPECT_GT(pruned.model.to_arpa().size(), bytes / share * 8 / 10) << "no more is left out than must be";
    expect_normal(pruned.model);
    const double now = perplexity(pruned.model, held_out);
    EXPECT_GT(now, before - 0.05);
    EXPECT_LT(now, 1.3 * perplexity(full.model, held_out));
    before = now;
  }
  EXPECT_EQ(prune(full, {{&text, 1.0}}, bytes).model.to_arpa(), full.model.to_arpa()) << "it fits already";
  EXPECT_TRUE(test::fails_with(ErrorCategory::usage, "unigrams", [&] { (void)prune(full, {{&text, 1.0}}, 100); }));
}

TEST(Mixture, RefusesWhatDoesNotGoTogether) {
  auto models = two_models();
  const auto refused = [&](const std::string& text, auto action) {
    return test::fails_with(ErrorCategory::usage, text, action);
  };
  EXPECT_TRUE(refused("a weight for each", [&] { (void)mix(models, {1.0}); }));
  EXPECT_TRUE(refused("weights from 0 on", [&] { (void)mix(models, {-0.5, 1.5}); }));
  models.push_back(train(mixture_sentences(6, 40, U'a'), {2, 1, kAlphabet}));
  EXPECT_TRUE(refused("one order and alphabet", [&] { (void)mix(models, {0.2, 0.3, 0.5}); }));
  EXPECT_TRUE(test::is_bad_data("at least one sentence", [&] { (void)mixture_weights(two_models(), {U""}); }));
}

}  // namespace
}  // namespace seben::lm
