// SPDX-License-Identifier: Apache-2.0
#include "kernels/attention.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

#include "kernels/multi_head.h"
#include "kernels/row_ops.h"

namespace seben::kernels {
namespace {

std::vector<float> random_values(std::int64_t n, std::uint32_t seed, float scale) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0.0F, scale);
  std::vector<float> x(static_cast<std::size_t>(n));
  for (float& v : x) v = normal(random);
  return x;
}

// softmax(q k^T + bias) v by its definition, rows of [q, k, v].
std::vector<double> by_definition(const std::vector<float>& qkv, std::int64_t rows, std::int64_t heads,
                                  std::int64_t dim, const float* bias) {
  const std::int64_t width = heads * dim;
  const auto at = [&](std::int64_t r, std::int64_t part, std::int64_t h, std::int64_t d) {
    return static_cast<double>(qkv[static_cast<std::size_t>(r * 3 * width + part * width + h * dim + d)]);
  };
  std::vector<double> out(static_cast<std::size_t>(rows * width), 0.0), weight(static_cast<std::size_t>(rows));
  for (std::int64_t h = 0; h < heads; ++h) {
    for (std::int64_t i = 0; i < rows; ++i) {
      double top = -1e300, total = 0.0;
      for (std::int64_t j = 0; j < rows; ++j) {
        double score = bias == nullptr ? 0.0 : static_cast<double>(bias[(h * rows + i) * rows + j]);
        for (std::int64_t d = 0; d < dim; ++d) score += at(i, 0, h, d) * at(j, 1, h, d);
        weight[static_cast<std::size_t>(j)] = score;
        top = std::max(top, score);
      }
      for (double& w : weight) total += w = std::exp(w - top);
      for (std::int64_t j = 0; j < rows; ++j) {
        for (std::int64_t d = 0; d < dim; ++d) {
          out[static_cast<std::size_t>(i * width + h * dim + d)] +=
              weight[static_cast<std::size_t>(j)] / total * at(j, 2, h, d);
        }
      }
    }
  }
  return out;
}

struct Case {
  std::int64_t rows, heads, dim;
};

class AttentionTest : public ::testing::TestWithParam<Case> {};

// Runs MultiHead over random rows and returns the largest deviation from the definition.
double deviation(Case c, Precision precision, int threads, const std::vector<float>& bias, float scale) {
  const std::int64_t width = c.heads * c.dim;
  const auto qkv = random_values(c.rows * 3 * width, 5, scale);
  MultiHead attention(c.rows, width, c.heads, precision, threads);
  for (std::int64_t r = 0; r < c.rows; ++r) attention.set_row(r, qkv.data() + r * 3 * width);
  run_team(threads, [&](Team& team) { attention.run(team, c.rows, bias.empty() ? nullptr : bias.data()); });
  const auto expected = by_definition(qkv, c.rows, c.heads, c.dim, bias.empty() ? nullptr : bias.data());
  double worst = 0.0;
  for (std::int64_t r = 0; r < c.rows; ++r) {
    for (std::int64_t d = 0; d < width; ++d) {
      worst = std::max(worst, std::abs(static_cast<double>(attention.mixed(r)[d]) -
                                       expected[static_cast<std::size_t>(r * width + d)]));
    }
  }
  return worst;
}

// A score is a sum of `dim` products of numbers up to about 4, each rounded to 2^-24: an error of up to dim * 16 * 6e-8
// in the exponent, a third of which is seldom exceeded, times values of about 1.
double f32_tolerance(Case c) { return 2e-6 + 3e-7 * static_cast<double>(c.dim); }

TEST_P(AttentionTest, F32EqualsTheDefinition) {
  EXPECT_LE(deviation(GetParam(), Precision::f32, 1, {}, 1.0F), f32_tolerance(GetParam()));
  EXPECT_LE(deviation(GetParam(), Precision::f32, 3, {}, 1.0F), f32_tolerance(GetParam()));
}

TEST_P(AttentionTest, BiasIsAddedToTheScores) {
  const Case c = GetParam();
  const auto bias = random_values(c.heads * c.rows * c.rows, 6, 2.0F);
  EXPECT_LE(deviation(c, Precision::f32, 2, bias, 0.5F), 1e-5);
}

TEST_P(AttentionTest, Bf16StaysWithinItsRounding) {
  // Relative rounding 2^-9 of q, k, weights and v; scores here are below 8, so exp() turns it into at most a few
  // percent.
  EXPECT_LE(deviation(GetParam(), Precision::bf16, 2, {}, 0.5F), 0.05);
}

INSTANTIATE_TEST_SUITE_P(Shapes, AttentionTest,
                         ::testing::Values(Case{1, 1, 16}, Case{5, 2, 8}, Case{7, 1, 64}, Case{64, 2, 64},
                                           Case{65, 3, 32}, Case{100, 2, 48}, Case{251, 1, 80}, Case{33, 2, 6},
                                           Case{375, 1, 64}));

TEST(Attention, LargeScoresDoNotOverflow) {
  const AttentionShape shape{3, 16};
  const auto& ops = attention_ops();
  std::vector<float> q(3 * 16, 30.0F), k(3 * 16, 30.0F), v(3 * 16, 1.0F), out(3 * 16);
  std::vector<float> keys(static_cast<std::size_t>(ops.packed_keys(shape))),
      values(static_cast<std::size_t>(ops.packed_values(shape)));
  std::vector<float> scratch(static_cast<std::size_t>(ops.scratch_floats(shape)));
  ops.pack_f32(k.data(), v.data(), 16, shape, keys.data(), values.data());
  ops.run_f32({q.data(), 16, 3, nullptr, out.data(), 16}, shape, keys.data(), values.data(), scratch.data());
  for (const float x : out) EXPECT_NEAR(x, 1.0F, 1e-6F);
}

}  // namespace
}  // namespace seben::kernels
