// SPDX-License-Identifier: Apache-2.0
// Products of few rows against the definition.
#include "kernels/narrow.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "seben/error.h"

namespace seben::kernels {
namespace {

std::vector<float> numbers(std::int64_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  std::vector<float> out(static_cast<std::size_t>(count));
  for (float& v : out) v = normal(random);
  return out;
}

struct Case {
  std::int64_t rows, out, in;
};

class NarrowTest : public testing::TestWithParam<Case> {};

TEST_P(NarrowTest, EqualsTheDefinitionWithinItsRounding) {
  const auto [rows, out, in] = GetParam();
  const std::vector<float> weight = numbers(out * in, 1), bias = numbers(out, 2), x = numbers(rows * in, 3);
  const RowReader read = [&](std::int64_t r, std::span<float> row) {
    std::copy_n(weight.begin() + r * in, in, row.begin());
  };
  constexpr float kScale = 0.5F;
  for (const Precision precision : {Precision::f32, Precision::bf16, Precision::int8}) {
    const NarrowLinear linear(read, bias, out, in, precision, kScale);
    const std::int64_t first = out / 3, count = out - first, stride = count + 2;
    std::vector<float> y(static_cast<std::size_t>(rows * stride), 7.0F);
    linear.run(x.data(), rows, first, count, y.data(), stride);
    for (std::int64_t r = 0; r < rows; ++r) {
      for (std::int64_t o = first; o < out; ++o) {
        double exact = static_cast<double>(bias[static_cast<std::size_t>(o)]), size = 0.0, most = 0.0, inputs = 0.0;
        for (std::int64_t i = 0; i < in; ++i) {
          const auto w = static_cast<double>(weight[static_cast<std::size_t>(o * in + i)]);
          const auto v = static_cast<double>(x[static_cast<std::size_t>(r * in + i)]);
          exact += w * v;
          size += std::abs(w * v);
          inputs += std::abs(v);
          most = std::max(most, std::abs(w));
        }
        const double bound = precision == Precision::f32    ? 1e-6 * (size + 1.0)
                             : precision == Precision::bf16 ? size / 256.0 + 1e-5
                                                            : inputs * most / 253.0 + 1e-5;
        EXPECT_NEAR(static_cast<double>(y[static_cast<std::size_t>(r * stride + o - first)]), kScale * exact, bound);
      }
      EXPECT_EQ(y[static_cast<std::size_t>(r * stride + count)], 7.0F);  // nothing behind
    }
  }
}

TEST_P(NarrowTest, MixAddsWeightedRows) {
  const auto [rows, count, width] = GetParam();
  const std::vector<float> values = numbers(count * width, 4), p = numbers(rows * count, 5);
  std::vector<float> y(static_cast<std::size_t>(rows * width), 1.0F);
  narrow_ops().mix_f32({values.data(), width, count, width}, p.data(), count, rows, y.data(), width);
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::int64_t i = 0; i < width; ++i) {
      double exact = 1.0;
      for (std::int64_t j = 0; j < count; ++j) {
        exact += static_cast<double>(p[static_cast<std::size_t>(r * count + j)]) *
                 static_cast<double>(values[static_cast<std::size_t>(j * width + i)]);
      }
      EXPECT_NEAR(static_cast<double>(y[static_cast<std::size_t>(r * width + i)]), exact,
                  1e-5 * std::sqrt(static_cast<double>(count)) + 1e-5);
    }
  }
}

TEST_P(NarrowTest, SoftmaxSumsToOneInTheRightProportions) {
  std::vector<float> x = numbers(GetParam().in, 6);
  x[0] += 90.0F;
  const std::vector<float> before = x;
  narrow_ops().softmax(x.data(), GetParam().in);
  double total = 0.0;
  for (const float v : x) total += static_cast<double>(v);
  EXPECT_NEAR(total, 1.0, 1e-5);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double ratio = std::exp(static_cast<double>(before[i]) - static_cast<double>(before[0]));
    EXPECT_NEAR(static_cast<double>(x[i]), static_cast<double>(x[0]) * ratio, 1e-6);
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, NarrowTest,
                         testing::Values(Case{1, 1, 1}, Case{1, 7, 16}, Case{2, 9, 33}, Case{3, 16, 64},
                                         Case{4, 12, 50}, Case{5, 13, 128}, Case{6, 40, 80}, Case{7, 8, 5},
                                         Case{31, 21, 96}));

TEST(Narrow, WrongBiasIsAnError) {
  const std::vector<float> bias(3);
  EXPECT_THROW(NarrowLinear([](std::int64_t, std::span<float>) {}, bias, 2, 4, Precision::f32), Error);
}

}  // namespace
}  // namespace seben::kernels
