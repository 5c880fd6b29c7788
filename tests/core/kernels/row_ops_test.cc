// SPDX-License-Identifier: Apache-2.0
// Row operations against their definitions in double arithmetic, at lengths around every vector width.
#include "kernels/row_ops.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numbers>
#include <random>
#include <vector>

namespace seben::kernels {
namespace {

std::vector<float> random_row(std::int64_t n, std::uint32_t seed, float scale = 2.0F) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0.1F, scale);
  std::vector<float> x(static_cast<std::size_t>(n));
  for (float& v : x) v = normal(random);
  return x;
}

class RowOpsTest : public ::testing::TestWithParam<std::int64_t> {
 protected:
  std::int64_t n = GetParam();
  std::size_t size = static_cast<std::size_t>(n);
};

TEST_P(RowOpsTest, LayerNorm) {
  const auto x = random_row(n, 1, 30.0F), gamma = random_row(n, 2), beta = random_row(n, 3);
  double mean = 0.0, variance = 0.0;
  for (const float v : x) mean += static_cast<double>(v) / static_cast<double>(n);
  for (const float v : x) variance += std::pow(static_cast<double>(v) - mean, 2) / static_cast<double>(n);
  std::vector<float> y(size);
  row_ops().layer_norm(x.data(), gamma.data(), beta.data(), 1e-5F, n, y.data());
  for (std::size_t i = 0; i < size; ++i) {
    const double normal = (static_cast<double>(x[i]) - mean) / std::sqrt(variance + 1e-5);
    const double expected = normal * static_cast<double>(gamma[i]) + static_cast<double>(beta[i]);
    EXPECT_NEAR(static_cast<double>(y[i]), expected, 4e-6 * (1.0 + std::abs(expected)));
  }
}

TEST_P(RowOpsTest, Gelu) {
  auto x = random_row(n, 4, 3.0F);
  const auto before = x;
  row_ops().gelu(x.data(), n);
  for (std::size_t i = 0; i < size; ++i) {
    const auto v = static_cast<double>(before[i]);
    EXPECT_NEAR(static_cast<double>(x[i]), 0.5 * v * (1.0 + std::erf(v / std::numbers::sqrt2)),
                3e-7 * (1.0 + std::abs(v)));
  }
}

TEST_P(RowOpsTest, AddAndBias) {
  const auto x = random_row(n, 5), y0 = random_row(n, 6);
  auto y = y0;
  row_ops().add(x.data(), n, y.data());
  for (std::size_t i = 0; i < size; ++i) EXPECT_EQ(y[i], x[i] + y0[i]);
  row_ops().add_bias(x.data(), y0.data(), n, y.data());
  for (std::size_t i = 0; i < size; ++i) EXPECT_EQ(y[i], x[i] + y0[i]);
  row_ops().add_bias(x.data(), nullptr, n, y.data());
  EXPECT_EQ(y, x);
}

TEST_P(RowOpsTest, QuantizeStaysWithinHalfAStep) {
  const auto x = random_row(n, 7);
  std::vector<std::uint8_t> q(size);
  const RowCode code = row_ops().quantize(x.data(), n, q.data());
  for (std::size_t i = 0; i < size; ++i) {
    const float decoded = code.scale * static_cast<float>(static_cast<std::int32_t>(q[i]) - code.zero);
    EXPECT_NEAR(decoded, x[i], 1.01F * code.scale) << i;  // half a step of the value, half a step of the zero point
  }
}

TEST_P(RowOpsTest, QuantizeOfConstantsIsExact) {
  std::vector<std::uint8_t> q(size);
  for (const float value : {0.0F, 3.0F, -0.25F, 1e-20F}) {
    const std::vector<float> x(size, value);
    const RowCode code = row_ops().quantize(x.data(), n, q.data());
    for (const std::uint8_t v : q) {
      EXPECT_NEAR(code.scale * static_cast<float>(static_cast<std::int32_t>(v) - code.zero), value,
                  std::abs(value) * 1e-6F);
    }
  }
}

TEST_P(RowOpsTest, QuantizeSymmetric) {
  const auto x = random_row(n, 8);
  std::vector<std::int8_t> q(size);
  for (const float limit : {127.0F, 63.0F}) {
    std::int32_t sum = 0;
    const float scale = row_ops().quantize_symmetric(x.data(), n, limit, q.data(), &sum);
    std::int32_t expected_sum = 0;
    for (std::size_t i = 0; i < size; ++i) {
      EXPECT_LE(std::abs(static_cast<float>(q[i])), limit);
      EXPECT_NEAR(scale * static_cast<float>(q[i]), x[i], 0.5001F * scale);
      expected_sum += q[i];
    }
    EXPECT_EQ(sum, expected_sum);
  }
}

TEST_P(RowOpsTest, Dequantize) {
  std::mt19937 random(9);
  std::vector<std::int32_t> sums(size), columns(size);
  for (auto* v : {&sums, &columns}) {
    for (auto& e : *v) e = static_cast<std::int32_t>(random() % 200001) - 100000;
  }
  const auto scale = random_row(n, 10), bias = random_row(n, 11);
  const RowCode code{0.01F, 17};
  std::vector<float> y(size);
  row_ops().dequantize(sums.data(), code, scale.data(), columns.data(), bias.data(), n, y.data());
  for (std::size_t i = 0; i < size; ++i) {
    const double product = 0.01 * static_cast<double>(scale[i]) * (static_cast<double>(sums[i]) - 17.0 * columns[i]);
    EXPECT_NEAR(static_cast<double>(y[i]), product + static_cast<double>(bias[i]), 1e-6 * (1.0 + std::abs(product)));
  }
}

TEST_P(RowOpsTest, Bf16RoundsToNearestEven) {
  auto x = random_row(n, 12);
  if (n > 2) {
    x[0] = std::bit_cast<float>(0x3F808000U);  // halfway, even below
    x[1] = std::bit_cast<float>(0x3F818000U);  // halfway, even above
  }
  std::vector<std::uint16_t> y(size);
  row_ops().to_bf16(x.data(), n, y.data());
  for (std::size_t i = 0; i < size; ++i) {
    const float back = std::bit_cast<float>(static_cast<std::uint32_t>(y[i]) << 16);
    EXPECT_NEAR(back, x[i], std::abs(x[i]) / 256.0F);
  }
  if (n > 2) {
    EXPECT_EQ(y[0], 0x3F80);
    EXPECT_EQ(y[1], 0x3F82);
  }
}

TEST_P(RowOpsTest, LogSoftmaxSumsToOne) {
  auto x = random_row(n, 13, 40.0F);
  const auto before = x;
  row_ops().log_softmax(x.data(), n);
  double total = 0.0;
  for (const float v : x) total += std::exp(static_cast<double>(v));
  EXPECT_NEAR(total, 1.0, 1e-5);
  EXPECT_EQ(std::ranges::max_element(x) - x.begin(), std::ranges::max_element(before) - before.begin());
}

TEST(RowOps, LogSoftmaxOfAVocabularyAgreesWithDoubles) {
  auto x = random_row(51866, 14, 10.0F);
  x[7] = -std::numeric_limits<float>::infinity();  // a token that is forbidden
  const auto before = x;
  double total = 0.0;
  for (const float v : before) total += std::exp(static_cast<double>(v));
  row_ops().log_softmax(x.data(), 51866);
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (i == 7) continue;
    ASSERT_NEAR(static_cast<double>(x[i]), static_cast<double>(before[i]) - std::log(total), 1e-5) << i;
  }
  EXPECT_EQ(x[7], -std::numeric_limits<float>::infinity());
}

INSTANTIATE_TEST_SUITE_P(Lengths, RowOpsTest, ::testing::Values(1, 3, 8, 15, 16, 17, 31, 64, 66, 127, 1280));

}  // namespace
}  // namespace seben::kernels
