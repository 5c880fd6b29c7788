// SPDX-License-Identifier: Apache-2.0
// The filter bank by its definition: triangles of area 1 between points that are equally spaced in mel.
#include "audio/mel_filters.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace seben::frontend {
namespace {

constexpr int kBins = 201, kRate = 16000;
constexpr double kHzPerBin = kRate / 2.0 / (kBins - 1);

// Slaney's scale once more, from the other side: 15 mel at 1 kHz, 27 more for each factor of 6.4.
double mel(double hz) { return hz < 1000.0 ? hz * 0.015 : 15.0 + 27.0 * std::log(hz / 1000.0) / std::log(6.4); }

class MelFiltersOf : public ::testing::TestWithParam<int> {};

TEST_P(MelFiltersOf, AreTrianglesBetweenEquallySpacedPoints) {
  const MelFilters filters(GetParam(), kBins, kRate);
  ASSERT_EQ(filters.n_mels(), GetParam());
  const double step = mel(8000.0) / (GetParam() + 1);
  for (int m = 0; m < filters.n_mels(); ++m) {
    const auto [first, weights] = filters.filter(m);
    ASSERT_FALSE(weights.empty()) << m;
    for (std::size_t i = 0; i < weights.size(); ++i) {
      const double at = mel((first + static_cast<int>(i)) * kHzPerBin) / step;
      EXPECT_GT(weights[i], 0.0);
      EXPECT_GT(at, m - 1e-9) << m;  // inside its points, m and m + 2 steps up
      EXPECT_LT(at, m + 2 + 1e-9) << m;
    }
    // Nothing that lies inside is left out.
    EXPECT_LE(mel((first - 1) * kHzPerBin) / step, m + 1e-9) << m;
    EXPECT_GE(mel((first + static_cast<int>(weights.size())) * kHzPerBin) / step, m + 2 - 1e-9) << m;
  }
}

TEST_P(MelFiltersOf, WideOnesHaveAreaOne) {
  const MelFilters filters(GetParam(), kBins, kRate);
  for (int m = 0; m < filters.n_mels(); ++m) {
    const auto weights = filters.filter(m).weights;
    if (weights.size() < 6) continue;  // too few bins for a sum to be an area
    double area = 0.0;
    for (const double w : weights) area += w * kHzPerBin;
    EXPECT_NEAR(area, 1.0, 0.05) << m;
  }
}

TEST_P(MelFiltersOf, FlatArraysAreTheSame) {
  const MelFilters filters(GetParam(), kBins, kRate);
  ASSERT_EQ(filters.offsets().size(), filters.firsts().size() + 1);
  EXPECT_EQ(filters.offsets().back(), static_cast<int>(filters.weights().size()));
  for (int m = 0; m < filters.n_mels(); ++m) {
    const auto i = static_cast<std::size_t>(m);
    EXPECT_EQ(filters.firsts()[i], filters.filter(m).first);
    EXPECT_EQ(filters.weights().data() + filters.offsets()[i], filters.filter(m).weights.data());
  }
}

INSTANTIATE_TEST_SUITE_P(Whisper, MelFiltersOf, ::testing::Values(80, 128));

}  // namespace
}  // namespace seben::frontend
