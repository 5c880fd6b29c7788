// SPDX-License-Identifier: Apache-2.0
// The library that multiplies, directly: products of small whole numbers have no rounding, so they must be exact.
#include "kernels/gemm.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string_view>
#include <vector>

#include "kernels/buffer.h"

namespace seben::kernels {
namespace {

struct Shape {
  std::int64_t rows, n, k;
};

template <typename T>
std::vector<T> whole_numbers(std::int64_t count, std::uint32_t seed, int least, int most) {
  std::mt19937 random(seed);
  std::vector<T> out(static_cast<std::size_t>(count));
  for (T& v : out) v = static_cast<T>(least + static_cast<int>(random() % static_cast<unsigned>(most - least + 1)));
  return out;
}

template <typename X, typename W>
std::vector<std::int64_t> product(const std::vector<X>& x, const std::vector<W>& w, const Shape& s) {
  std::vector<std::int64_t> out;
  for (std::int64_t r = 0; r < s.rows; ++r) {
    for (std::int64_t o = 0; o < s.n; ++o) {
      std::int64_t sum = 0;
      for (std::int64_t i = 0; i < s.k; ++i) {
        sum += static_cast<std::int64_t>(x[static_cast<std::size_t>(r * s.k + i)]) *
               static_cast<std::int64_t>(w[static_cast<std::size_t>(o * s.k + i)]);
      }
      out.push_back(sum);
    }
  }
  return out;
}

template <typename T>
std::vector<std::int64_t> whole(const std::vector<T>& x) {
  std::vector<std::int64_t> out;
  for (const T v : x) out.push_back(static_cast<std::int64_t>(v));
  return out;
}

class GemmOf : public ::testing::TestWithParam<Shape> {};

TEST_P(GemmOf, F32IsTheDefinition) {
  const Shape s = GetParam();
  const auto x = whole_numbers<float>(s.rows * s.k, 1, -9, 9), w = whole_numbers<float>(s.n * s.k, 2, -9, 9);
  std::vector<float> found(static_cast<std::size_t>(s.rows * s.n), -1.0F);
  const auto gemm = pack_gemm(GemmKind::f32, s.n, s.k, w.data(), 16);
  gemm->multiply(x.data(), s.rows, found.data());
  EXPECT_EQ(whole(found), product(x, w, s));
  EXPECT_GE(gemm->packed_bytes(), w.size() * sizeof(float));
}

TEST_P(GemmOf, BytesAreTheDefinition) {
  if (!gemm_supports(GemmKind::u8s8)) return;  // callers expand to f32 there, which is tested above
  const Shape s = GetParam();
  const int most = gemm_s8_limit();
  EXPECT_TRUE(most == 127 || most == 63);
  const auto x = whole_numbers<std::uint8_t>(s.rows * s.k, 3, 0, 255);
  const auto w = whole_numbers<std::int8_t>(s.n * s.k, 4, -most, most);
  std::vector<std::int32_t> found(static_cast<std::size_t>(s.rows * s.n), -1);
  pack_gemm(GemmKind::u8s8, s.n, s.k, w.data(), 16)->multiply(x.data(), s.rows, found.data());
  EXPECT_EQ(whole(found), product(x, w, s));
}

TEST_P(GemmOf, WeightsPackedPieceByPieceAreTheSame) {
  const Shape s = GetParam();
  const auto x = whole_numbers<float>(s.rows * s.k, 5, -9, 9), w = whole_numbers<float>(s.n * s.k, 6, -9, 9);
  const auto gemm = make_expanding_gemm(GemmKind::f32, s.n, s.k, 16);
  Buffer packed(gemm->packed_bytes());
  const std::int64_t rows = gemm->piece_rows(), pieces = (s.n + rows - 1) / rows;
  for (std::int64_t p = pieces - 1; p >= 0; --p) gemm->pack(p, w.data() + p * rows * s.k, packed.data());
  std::vector<float> found(static_cast<std::size_t>(s.rows * s.n), -1.0F);
  gemm->multiply(x.data(), s.rows, packed.data(), found.data());
  EXPECT_EQ(whole(found), product(x, w, s));
}

INSTANTIATE_TEST_SUITE_P(Shapes, GemmOf,
                         ::testing::Values(Shape{1, 1, 1}, Shape{1, 5, 7}, Shape{3, 64, 33}, Shape{16, 17, 128},
                                           Shape{40, 130, 64}, Shape{5, 256, 32}));

TEST(Gemm, SaysWhatItIs) {
  EXPECT_TRUE(gemm_supports(GemmKind::f32));
  EXPECT_FALSE(std::string_view(gemm_library()).empty());
}

}  // namespace
}  // namespace seben::kernels
