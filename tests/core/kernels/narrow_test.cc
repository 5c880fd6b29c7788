// SPDX-License-Identifier: Apache-2.0
// Products of few rows against the definition.
#include "kernels/narrow.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "seben/error.h"
#include "support/errors.h"

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
  const std::int64_t rows = GetParam().rows, out = GetParam().out, in = GetParam().in;
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

TEST_P(NarrowTest, WhatIsStoredInFewerBitsChangesNoBitOfTheResult) {
  const std::int64_t rows = GetParam().rows, out = GetParam().out, in = GetParam().in;
  std::vector<float> weight = numbers(out * in, 7);
  for (float& w : weight) w = std::round(w * 64.0F) / 64.0F;  // f16 and bf16 hold them
  weight[0] = 3.0F * 0x1p-24F * 64.0F;
  const std::vector<float> bias = numbers(out, 2), x = numbers(rows * in, 3);
  const RowReader read = [&](std::int64_t r, std::span<float> row) {
    std::copy_n(weight.begin() + r * in, in, row.begin());
  };
  const auto products = [&](NarrowForm form) {
    const NarrowLinear linear(read, bias, out, in, form, 0.125F);
    std::vector<float> y(static_cast<std::size_t>(rows * out));
    linear.run(x.data(), rows, 0, out, y.data(), out);
    return y;
  };
  const std::vector<float> expected = products(NarrowForm::f32);
  EXPECT_EQ(products(NarrowForm::f16), expected);
  EXPECT_EQ(products(NarrowForm::bf16), expected);
  EXPECT_EQ(products(NarrowForm::reader), expected);
}

TEST(Narrow, HalvesRoundToNearestEvenDownToTheSmallest) {
  const std::vector<float> x = {
      1.0F + 0x1p-11F, 1.0F + 3 * 0x1p-11F, -0x1p-24F, 0x1p-25F, 3 * 0x1p-25F, 65504.0F, 65519.0F, 0.0F,
      -0.0F,           0x1p-14F - 0x1p-25F};
  const std::vector<std::uint16_t> expected = {0x3C00, 0x3C02, 0x8001, 0x0000, 0x0002,
                                               0x7BFF, 0x7BFF, 0,      0x8000, 0x0400};
  for (const std::size_t repeat : {1U, 4U}) {  // behind whole vectors and in them
    std::vector<float> all;
    for (std::size_t i = 0; i < repeat; ++i) all.insert(all.end(), x.begin(), x.end());
    std::vector<std::uint16_t> y(all.size());
    EXPECT_TRUE(narrow_ops().to_f16(all.data(), static_cast<std::int64_t>(all.size()), y.data()));
    for (std::size_t i = 0; i < y.size(); ++i) EXPECT_EQ(y[i], expected[i % x.size()]) << i;
    all[3] = 65520.0F;
    EXPECT_FALSE(narrow_ops().to_f16(all.data(), static_cast<std::int64_t>(all.size()), y.data()));
  }
}

TEST(Narrow, AWeightBeyondHalvesIsAnError) {
  const RowReader read = [](std::int64_t r, std::span<float> row) {
    for (float& v : row) v = r == 1 ? -7e4F : 1.0F;
  };
  EXPECT_TRUE(test::is_bad_data("fc1.weight: row 1: expected numbers that f16 can hold, found 70000",
                                [&] { NarrowLinear(read, {}, 3, 20, NarrowForm::f16, 1.0F, "fc1.weight"); }));
}

TEST(Narrow, WrongBiasIsAnError) {
  const std::vector<float> bias(3);
  EXPECT_THROW(NarrowLinear([](std::int64_t, std::span<float>) {}, bias, 2, 4, Precision::f32), Error);
}

}  // namespace
}  // namespace seben::kernels
