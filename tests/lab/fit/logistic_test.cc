// SPDX-License-Identifier: Apache-2.0
#include "fit/logistic.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "correct/probability.h"
#include "support/errors.h"

namespace seben::correction {
namespace {

using test::fails_with;

struct Sample {
  std::vector<double> inputs;
  std::vector<std::uint8_t> targets;
  std::size_t width = 0;
  [[nodiscard]] LogisticData data() const { return {inputs, targets, width}; }
};

// Targets drawn from a model with the given weights and bias.
Sample draw(std::size_t rows, const LogisticModel& truth, unsigned seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal;
  Sample out;
  out.width = truth.weights.size();
  for (std::size_t r = 0; r < rows; ++r) {
    double x = truth.bias;
    for (const double w : truth.weights) {
      out.inputs.push_back(normal(random));
      x += w * out.inputs.back();
    }
    out.targets.push_back(std::bernoulli_distribution(sigmoid(x))(random) ? 1 : 0);
  }
  return out;
}

TEST(Logistic, GradientIsTheDerivativeOfTheLoss) {
  const Sample sample = draw(50, {{1.0, -2.0, 0.5}, 0.3}, 1);
  const LogisticModel at{{0.2, 0.1, -0.7}, 0.4};
  const auto gradient = logistic_gradient(sample.data(), at, 0.7);
  constexpr double kStep = 1e-6;
  for (std::size_t i = 0; i < gradient.size(); ++i) {
    LogisticModel up = at, down = at;
    (i < 3 ? up.weights[i] : up.bias) += kStep;
    (i < 3 ? down.weights[i] : down.bias) -= kStep;
    const double slope =
        (logistic_loss(sample.data(), up, 0.7) - logistic_loss(sample.data(), down, 0.7)) / (2 * kStep);
    EXPECT_NEAR(gradient[i], slope, 1e-6) << i;
  }
}

TEST(Logistic, FindsTheModelThatDrewTheTargets) {
  const LogisticModel truth{{1.5, -1.0, 0.0}, -2.0};
  const LogisticFit fit = fit_logistic(draw(40'000, truth, 2).data(), {});
  for (std::size_t i = 0; i < 3; ++i) EXPECT_NEAR(fit.model.weights[i], truth.weights[i], 0.06) << i;
  EXPECT_NEAR(fit.model.bias, truth.bias, 0.06);
  EXPECT_LE(fit.max_gradient, 1e-9);
  EXPECT_LT(fit.steps, 20);
}

TEST(Logistic, NothingNearTheSolutionIsBetter) {
  const Sample sample = draw(300, {{0.5, 2.0}, 1.0}, 3);
  const LogisticFit fit = fit_logistic(sample.data(), {3.0});
  for (const double step : {-1e-3, 1e-3}) {
    for (std::size_t i = 0; i < 3; ++i) {
      LogisticModel other = fit.model;
      (i < 2 ? other.weights[i] : other.bias) += step;
      EXPECT_GT(logistic_loss(sample.data(), other, 3.0), fit.loss);
    }
  }
}

TEST(Logistic, SeparableRowsAndConstantInputsStayFinite) {
  const Sample sample{{-2, 0, -1, 0, 1, 0, 2, 0}, {0, 0, 1, 1}, 2};
  const LogisticFit fit = fit_logistic(sample.data(), {});
  EXPECT_GT(fit.model.weights[0], 0.5);
  EXPECT_DOUBLE_EQ(fit.model.weights[1], 0.0);
}

TEST(Logistic, AStrongerPenaltyGivesSmallerWeights) {
  const Sample sample = draw(200, {{2.0}, 0.0}, 4);
  EXPECT_LT(fit_logistic(sample.data(), {100.0}).model.weights[0], fit_logistic(sample.data(), {1.0}).model.weights[0]);
}

TEST(Logistic, RefusesRowsOfOneKindAndNan) {
  const Sample same{{1, 2}, {1, 1}, 1};
  EXPECT_TRUE(fails_with(ErrorCategory::bad_data, "2 of 2 improve it", [&] { (void)fit_logistic(same.data(), {}); }));
  const Sample nan{{1, std::nan("")}, {0, 1}, 1};
  EXPECT_TRUE(fails_with(ErrorCategory::bad_data, "finite", [&] { (void)fit_logistic(nan.data(), {}); }));
}

TEST(Sigmoid, IsStableFarOut) {
  EXPECT_DOUBLE_EQ(sigmoid(0.0), 0.5);
  EXPECT_DOUBLE_EQ(sigmoid(-1000.0), 0.0);
  EXPECT_DOUBLE_EQ(sigmoid(1000.0), 1.0);
  EXPECT_DOUBLE_EQ(sigmoid(3.0) + sigmoid(-3.0), 1.0);
}

}  // namespace
}  // namespace seben::correction
