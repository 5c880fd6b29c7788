// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>

#include "base/sha256.h"
#include "codecs/codec.h"
#include "codecs/lloyd_max.h"
#include "codecs/rotation.h"
#include "support/errors.h"
#include "support/random_frames.h"

namespace seben::quant {
namespace {

double dot(const float* a, const float* b, std::size_t n) {
  double sum = 0.0;
  for (std::size_t i = 0; i < n; ++i) sum += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  return sum;
}

std::vector<float> restore(const FrameCodec& codec, const std::vector<float>& frames) {
  std::vector<std::byte> bytes(frames.size() / static_cast<std::size_t>(codec.dim()) * codec.frame_bytes());
  codec.encode(frames, bytes, "test");
  std::vector<float> out(frames.size());
  codec.decode(bytes, out);
  return out;
}

// Mean over vectors of |x - x'|^2 / |x|^2.
double distortion(const std::string& name, std::size_t dim, std::size_t vectors) {
  const auto codec = make_codec(parse_codec(name, "test"), static_cast<std::int64_t>(dim), "test");
  const std::vector<float> x = normal_values(dim * vectors, 11);
  const std::vector<float> y = restore(*codec, x);
  double sum = 0.0;
  for (std::size_t v = 0; v < vectors; ++v) {
    std::vector<float> difference(dim);
    for (std::size_t i = 0; i < dim; ++i) difference[i] = x[v * dim + i] - y[v * dim + i];
    sum += dot(difference.data(), difference.data(), dim) / dot(&x[v * dim], &x[v * dim], dim);
  }
  return sum / static_cast<double>(vectors);
}

TEST(LloydMax, LevelsAreThePublishedOnes) {
  const Codebook one = lloyd_max(1, 100000);
  EXPECT_NEAR(one.levels[1], 0.7979, 1e-4);  // sqrt(2 / pi)
  const Codebook two = lloyd_max(2, 100000);
  EXPECT_NEAR(two.levels[2], 0.4528, 1e-4);
  EXPECT_NEAR(two.levels[3], 1.5104, 2e-4);
  const std::vector<double> four{0.1284, 0.3881, 0.6568, 0.9424, 1.256, 1.618, 2.069, 2.733};  // Max 1960, table I
  const Codebook book = lloyd_max(4, 100000);
  for (std::size_t i = 0; i < four.size(); ++i) {
    EXPECT_NEAR(book.levels[8 + i], four[i], 6e-4);
    EXPECT_EQ(book.levels[7 - i], -book.levels[8 + i]);
  }
  EXPECT_NEAR(lloyd_max(5, 100000).levels.back(), 3.263, 3e-3);
}

TEST(LloydMax, DistortionIsTheExactOne) {
  const double limit[] = {0.36338, 0.11748, 0.03455, 0.009501, 0.002505, 0.000645};
  for (int bits = 1; bits <= 6; ++bits) {
    EXPECT_NEAR(lloyd_max(bits, 100000).distortion / limit[bits - 1], 1.0, 2e-3) << bits;
  }
  EXPECT_NEAR(lloyd_max(8, 100000).distortion / 4.1e-5, 1.0, 0.02);
  const double at_128[] = {0.3609, 0.1160, 0.0340, 0.00931};
  for (int bits = 1; bits <= 4; ++bits) EXPECT_NEAR(lloyd_max(bits, 128).distortion / at_128[bits - 1], 1.0, 2e-3);
}

TEST(LloydMax, EveryLevelIsTheMeanOfItsInterval) {
  for (const std::int64_t dim : {8, 64, 1280}) {
    for (int bits = 1; bits <= 8; ++bits) {
      const Codebook book = lloyd_max(bits, dim);
      ASSERT_EQ(book.levels.size(), std::size_t{1} << bits);
      ASSERT_EQ(book.thresholds.size(), book.levels.size() - 1);
      for (std::size_t i = 0; i + 1 < book.levels.size(); ++i) {
        ASSERT_LT(book.levels[i], book.thresholds[i]) << dim << " " << bits;
        ASSERT_LT(book.thresholds[i], book.levels[i + 1]);
      }
    }
  }
}

class EveryWidth : public testing::TestWithParam<std::int64_t> {};

TEST_P(EveryWidth, RotationKeepsLengthsAndComesBack) {
  const auto dim = static_cast<std::size_t>(GetParam());
  const Rotation rotation(GetParam(), 42);
  std::vector<float> x = normal_values(dim, 5), scratch(dim);
  const std::vector<float> before = x;
  rotation.forward(x.data(), scratch.data());
  EXPECT_NEAR(dot(x.data(), x.data(), dim) / dot(before.data(), before.data(), dim), 1.0, 1e-5);
  double moved = 0.0;
  for (std::size_t i = 0; i < dim; ++i) moved += std::abs(static_cast<double>(x[i] - before[i]));
  EXPECT_GT(moved / static_cast<double>(dim), 0.3);
  rotation.inverse(x.data(), scratch.data());
  for (std::size_t i = 0; i < dim; ++i) ASSERT_NEAR(x[i], before[i], 2e-5);
}

TEST_P(EveryWidth, ASpikeIsSpread) {
  const auto dim = static_cast<std::size_t>(GetParam());
  const Rotation rotation(GetParam(), 42);
  double kurtosis = 0.0;
  for (std::size_t at = 0; at < dim; at += std::max<std::size_t>(1, dim / 20)) {
    std::vector<float> x(dim, 0.0F), scratch(dim);
    x[at] = 1.0F;
    rotation.forward(x.data(), scratch.data());
    double fourth = 0.0;
    for (const float value : x) fourth += std::pow(static_cast<double>(value), 4);
    kurtosis = std::max(kurtosis, fourth * static_cast<double>(dim));
    EXPECT_LT(*std::max_element(x.begin(), x.end()), 6.0 / std::sqrt(static_cast<double>(dim)));
  }
  EXPECT_GT(kurtosis, 1.5);  // 1 would be the constant magnitudes of a single round, 3 a normal distribution
  EXPECT_LT(kurtosis, 5.0);
}

INSTANTIATE_TEST_SUITE_P(Turbo, EveryWidth, testing::Values(64, 192, 320, 384, 512, 768, 1024, 1280, 100, 330));

TEST(Rotation, IsTheSameEverywhere) {
  // A digest that every compiler and processor has to reproduce: the rotation is part of the format.
  std::string digests;
  for (const std::int64_t dim : {768, 1280}) {
    std::vector<float> x(static_cast<std::size_t>(dim)), scratch(x.size());
    std::iota(x.begin(), x.end(), -300.0F);
    Rotation(dim, 42).forward(x.data(), scratch.data());
    digests += base::sha256_hex(std::as_bytes(std::span(x))).substr(0, 16) + " ";
  }
  EXPECT_EQ(digests, "993c073df70afc81 2c655ea1ef5022e2 ");
}

TEST(Rotation, WidthsThatNoneFits) {
  EXPECT_TRUE(test::fails_with(ErrorCategory::usage, "at most 512", [] { Rotation(5001, 1); }));
}

TEST(Turbo, DistortionOnUnitVectorsIsLloydMax) {
  const double exact[] = {0.3634, 0.1175, 0.0345, 0.0095};
  for (int bits = 1; bits <= 4; ++bits) {
    for (const std::size_t dim : {768U, 1280U}) {
      const double found = distortion("turbo" + std::to_string(bits) + ":norm", dim, 400);
      EXPECT_NEAR(found / exact[bits - 1], 1.0, 0.02) << bits << " " << dim;
      EXPECT_GT(found, std::pow(4.0, -bits));
    }
  }
  EXPECT_NEAR(distortion("turbo8:norm", 1280, 100) / 4.1e-5, 1.0, 0.03);
}

TEST(Turbo, TheFittedNormIsNeverWorse) {
  for (int bits = 1; bits <= 8; ++bits) {
    const std::string name = "turbo" + std::to_string(bits);
    EXPECT_LE(distortion(name, 384, 200), distortion(name + ":norm", 384, 200) * 1.000001) << bits;
  }
}

TEST(Turbo, ShrinksProductsAsMuchAsLloydMaxDoes) {
  // E<y, x'> = (1 - D) <y, x>: 0.637 at one bit.
  constexpr std::size_t kDim = 768, kVectors = 300;
  const double shrink[] = {0.637, 0.883, 0.965, 0.9905};
  const std::vector<float> x = normal_values(kDim * kVectors, 21);
  for (int bits = 1; bits <= 4; ++bits) {
    const auto codec = make_codec(parse_codec("turbo" + std::to_string(bits) + ":norm", "test"), kDim, "test");
    const std::vector<float> y = restore(*codec, x);
    EXPECT_NEAR(dot(x.data(), y.data(), x.size()) / dot(x.data(), x.data(), x.size()), shrink[bits - 1], 0.004) << bits;
  }
}

TEST(Turbo, InnerProductsAreUnbiased) {
  // Over independent rotations: the mean error of <y, x'> lies within four standard errors of zero, its variance is
  // that of the paper's second theorem (pi / 2 D(b - 1) / d) at most, and the biased form is caught by the same test.
  constexpr std::size_t kDim = 384;
  constexpr int kSeeds = 1500;
  const double exact[] = {1.0, 0.3634, 0.1175, 0.0345};
  for (int bits = 1; bits <= 4; ++bits) {
    std::vector<float> x = normal_values(kDim, 31), y = normal_values(kDim, 32);
    for (std::size_t i = 0; i < kDim; ++i) y[i] = 0.7F * x[i] + 0.7F * y[i];
    const double nx = std::sqrt(dot(x.data(), x.data(), kDim)), ny = std::sqrt(dot(y.data(), y.data(), kDim));
    double sum = 0.0, squares = 0.0, biased = 0.0;
    for (int seed = 0; seed < kSeeds; ++seed) {
      CodecSpec spec = parse_codec("turbo" + std::to_string(bits) + ":ip", "test");
      spec.seed = static_cast<std::uint64_t>(seed);
      const std::vector<float> restored = restore(*make_codec(spec, kDim, "test"), x);
      const double error = (dot(y.data(), restored.data(), kDim) - dot(y.data(), x.data(), kDim)) / (nx * ny);
      sum += error;
      squares += error * error;
      if (seed < 50) {
        spec.inner_product = false;
        spec.fitted = false;
        const std::vector<float> other = restore(*make_codec(spec, kDim, "test"), x);
        biased += (dot(y.data(), other.data(), kDim) - dot(y.data(), x.data(), kDim)) / (nx * ny) / 50.0;
      }
    }
    const double mean = sum / kSeeds, variance = squares / kSeeds - mean * mean;
    EXPECT_LT(std::abs(mean), 4.0 * std::sqrt(variance / kSeeds)) << bits;
    EXPECT_LT(variance * kDim, 1.1 * 1.5708 * exact[bits - 1]) << bits;
    if (bits <= 3) {
      EXPECT_GT(std::abs(biased), 4.0 * std::sqrt(variance / kSeeds)) << bits;
    }
  }
}

TEST(Turbo, CountsItsBytes) {
  const auto bytes = [](const char* name, std::int64_t dim) {
    return make_codec(parse_codec(name, "test"), dim, "test")->frame_bytes();
  };
  EXPECT_EQ(bytes("turbo4", 1280), 1280U / 2 + 4);
  EXPECT_EQ(bytes("turbo3", 1280), 1280U * 3 / 8 + 4);
  EXPECT_EQ(bytes("turbo3:ip", 1280), 1280U * 3 / 8 + 8);
  EXPECT_EQ(bytes("turbo8", 768), 768U + 4);
  const ByteAccount odd = make_codec(parse_codec("turbo3", "test"), 33, "test")->account();
  EXPECT_EQ(odd.payload + odd.padding, 13U);
  EXPECT_EQ(odd.padding, 1U);
}

TEST(Turbo, ZeroTinyHugeAndBadVectors) {
  const auto codec = make_codec(parse_codec("turbo4", "test"), 192, "test");
  for (const float value : restore(*codec, std::vector<float>(192, 0.0F))) EXPECT_EQ(value, 0.0F);
  for (const float scale : {1e-8F, 6e4F, 1e30F}) {
    std::vector<float> x = normal_values(192, 41);
    for (float& value : x) value *= scale;
    const std::vector<float> y = restore(*codec, x);
    for (std::size_t i = 0; i < x.size(); ++i) EXPECT_NEAR(y[i] / scale, x[i] / scale, 0.6);
  }
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    std::vector<float> x = normal_values(192 * 2, 42);
    x[192 + 7] = bad;
    EXPECT_TRUE(test::fails_with(ErrorCategory::bad_data, "frame 1, value 7", [&] { (void)restore(*codec, x); }));
  }
  EXPECT_TRUE(test::fails_with(ErrorCategory::usage, "at least 8",
                               [] { (void)make_codec(parse_codec("turbo4", "test"), 4, "test"); }));
}

}  // namespace
}  // namespace seben::quant
