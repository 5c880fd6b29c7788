// SPDX-License-Identifier: Apache-2.0
#include "kernels/linear.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <random>

#include "kernels/threads.h"
#include "support/errors.h"

namespace seben::kernels {
namespace {

std::vector<float> random_values(std::int64_t n, std::uint32_t seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0.0F, 1.0F);
  std::vector<float> x(static_cast<std::size_t>(n));
  for (float& v : x) v = normal(random);
  return x;
}

struct Case {
  std::int64_t rows, out, in;
};

class LinearTest : public ::testing::TestWithParam<std::tuple<Case, Precision>> {};

// What one multiply-add loses at most, relative to |x| |w| (rounding of both factors, or of their codes).
double unit_error(Precision precision) {
  switch (kind_of(precision)) {
    case GemmKind::f32: return 1e-6;
    case GemmKind::bf16: return 1.0 / 128.0;
    case GemmKind::u8s8: return gemm_s8_limit() == 127 ? 1.0 / 32.0 : 1.0 / 16.0;
  }
  return 0.0;
}

TEST_P(LinearTest, EqualsTheDefinitionWithinItsRounding) {
  const auto& [shape, precision] = GetParam();
  const Case c = shape;  // clang 14 captures no structured binding
  const auto weight = random_values(c.out * c.in, 1), bias = random_values(c.out, 2),
             x = random_values(c.rows * c.in, 3);
  const Linear linear(weight, bias, c.out, c.in, precision);
  Operand operand(precision, c.rows, c.in);
  LinearScratch scratch(c.rows, c.out);
  for (std::int64_t r = 0; r < c.rows; ++r) operand.set_row(r, x.data() + r * c.in);
  std::int64_t next = 0;
  double squared = 0.0;
  linear.run(operand, c.rows, scratch, [&](std::int64_t r, const float* row) {
    EXPECT_EQ(r, next++);
    for (std::int64_t o = 0; o < c.out; ++o) {
      double expected = static_cast<double>(bias[static_cast<std::size_t>(o)]);
      for (std::int64_t i = 0; i < c.in; ++i) {
        expected += static_cast<double>(x[static_cast<std::size_t>(r * c.in + i)]) *
                    static_cast<double>(weight[static_cast<std::size_t>(o * c.in + i)]);
      }
      squared += std::pow(static_cast<double>(row[o]) - expected, 2);
    }
  });
  EXPECT_EQ(next, c.rows);
  const double rms = std::sqrt(squared / static_cast<double>(c.rows * c.out));
  // Independent errors of `in` terms of size 1 add up as their square root.
  EXPECT_LE(rms, unit_error(precision) * std::sqrt(static_cast<double>(c.in)) + 1e-6);
}

INSTANTIATE_TEST_SUITE_P(Shapes, LinearTest,
                         ::testing::Combine(::testing::Values(Case{1, 1, 1}, Case{3, 66, 192}, Case{250, 192, 192},
                                                              Case{125, 576, 64}, Case{37, 65, 33},
                                                              Case{250, 384, 1536}),
                                            ::testing::Values(Precision::f32, Precision::bf16, Precision::int8)));

TEST(Linear, RowReaderAndSpanPackTheSame) {
  const auto weight = random_values(70 * 40, 4);
  PackScratch scratch;  // of another size, and dirty from the precision before
  std::memset(scratch.room(100'000).data(), 0xFF, 100'000);
  for (const Precision p : {Precision::f32, Precision::bf16, Precision::int8}) {
    const Linear a(weight, {}, 70, 40, p);
    const Linear b([&](std::int64_t r, std::span<float> row) { std::copy_n(weight.data() + r * 40, 40, row.data()); },
                   {}, 70, 40, Packing{p, &scratch});
    Operand x(p, 2, 40);
    const auto rows = random_values(80, 5);
    x.set_row(0, rows.data());
    x.set_row(1, rows.data() + 40);
    LinearScratch s(2, 70);
    std::vector<float> first;
    a.run(x, 2, s, [&](std::int64_t, const float* row) { first.insert(first.end(), row, row + 70); });
    std::size_t at = 0;
    b.run(x, 2, s, [&](std::int64_t, const float* row) {
      for (int i = 0; i < 70; ++i) EXPECT_EQ(row[i], first[at++]);
    });
  }
}

TEST(Linear, WrongSizesAreErrors) {
  EXPECT_TRUE(test::fails_with(ErrorCategory::internal, "Linear: bias", [] {
    (void)Linear(std::vector<float>(6), std::vector<float>(5), 2, 3, Precision::f32);
  }));
}

TEST(Threads, EveryIndexOnceAndErrorsComeOut) {
  for (const int threads : {1, 2, 3}) {
    std::vector<std::atomic<int>> seen(100);
    parallel_for(threads, 100, [&](std::int64_t i) { ++seen[static_cast<std::size_t>(i)]; });
    for (const auto& count : seen) EXPECT_EQ(count.load(), 1);
    EXPECT_THROW(parallel_for(threads, 100,
                              [](std::int64_t i) {
                                if (i == 37) throw std::runtime_error("37");
                              }),
                 std::runtime_error);
  }
}

TEST(Precision, WordsRoundTrip) {
  for (const Precision p : {Precision::f32, Precision::bf16, Precision::int8})
    EXPECT_EQ(parse_precision(to_string(p)), p);
  EXPECT_FALSE(parse_precision("f64").has_value());
}

}  // namespace
}  // namespace seben::kernels
