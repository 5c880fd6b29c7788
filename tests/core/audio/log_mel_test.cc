// SPDX-License-Identifier: Apache-2.0
#include "audio/log_mel.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <string>
#include <vector>

#include "core/audio/log_mel_reference.h"
#include "seben/error.h"

namespace seben::frontend {
namespace {

using base::best_isa;
using base::Isa;

// Rounding of float results up to 2 in magnitude, after double arithmetic.
constexpr float kTolerance = 5e-7F;

std::vector<Isa> available_isas() {
  std::vector<Isa> isas;
  for (const Isa isa : {Isa::plain, Isa::avx2, Isa::avx512}) {
    if (isa <= best_isa()) isas.push_back(isa);
  }
  return isas;
}

std::vector<float> log_mel(const std::vector<float>& samples, int n_mels, Isa isa) {
  std::vector<float> mel(static_cast<std::size_t>(n_mels) * kFrames, NAN);
  LogMel(n_mels, isa).compute(samples, mel);
  return mel;
}

float largest_difference(const std::vector<float>& a, const std::vector<float>& b) {
  float largest = 0.0F;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const float difference = std::abs(a[i] - b[i]);
    if (!(difference <= largest)) largest = difference;  // takes NaN as well
    if (std::isnan(largest)) return largest;
  }
  return largest;
}

void expect_as_defined(const std::vector<float>& samples, const std::string& what, int n_mels = 80) {
  const std::vector<float> expected = testing::reference_log_mel(samples, n_mels);
  for (const Isa isa : available_isas()) {
    EXPECT_LE(largest_difference(log_mel(samples, n_mels, isa), expected), kTolerance)
        << what << ", instruction set " << static_cast<int>(isa);
  }
}

std::vector<float> noise(std::size_t count, float amplitude) {
  std::vector<float> samples(count);
  std::uint32_t state = 99;
  for (float& s : samples) {
    state = state * 1664525U + 1013904223U;
    s = amplitude * (static_cast<float>(state >> 8U) / 8388608.0F - 1.0F);
  }
  return samples;
}

TEST(LogMel, NoiseOfEveryAwkwardLength) {
  for (const std::size_t length : {1U, 40U, 159U, 160U, 161U, 199U, 200U, 201U, 399U, 1480U, 5000U}) {
    expect_as_defined(noise(length, 0.1F), std::to_string(length) + " samples");
  }
}

TEST(LogMel, BothEndsOfAFullWindowAreMirrored) {
  for (const std::size_t length : {479799U, 479959U, 479961U, 479999U, 480000U}) {
    std::vector<float> samples(length, 0.0F);
    const std::vector<float> ends = noise(1200, 0.3F);
    std::copy(ends.begin(), ends.begin() + 600, samples.begin());
    std::copy(ends.begin() + 600, ends.end(), samples.end() - 600);
    expect_as_defined(samples, std::to_string(length) + " samples");
  }
}

TEST(LogMel, Impulses) {
  for (const std::size_t place : {std::size_t{0}, std::size_t{1000}, std::size_t{479999}}) {
    std::vector<float> samples(kWindowLength, 0.0F);
    samples[place] = 1.0F;
    expect_as_defined(samples, "impulse at " + std::to_string(place));
  }
}

TEST(LogMel, FullScaleBesideNearlySilentBins) {
  // 80 dB below a full-scale tone is where a float FFT loses what this test asks for.
  std::vector<float> samples(16000);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const double t = static_cast<double>(i) / 16000.0;
    samples[i] = static_cast<float>(0.99 * std::sin(2 * std::numbers::pi * 1000.0 * t) +
                                    1e-4 * std::sin(2 * std::numbers::pi * 5210.0 * t));
  }
  expect_as_defined(samples, "tones", 80);
  expect_as_defined(samples, "tones", 128);
  std::vector<float> square(8000);
  for (std::size_t i = 0; i < square.size(); ++i) square[i] = i / 80 % 2 == 0 ? 1.0F : -1.0F;
  expect_as_defined(square, "square wave", 128);
}

TEST(LogMel, SilenceIsTheFloor) {
  for (const Isa isa : available_isas()) {
    for (const std::vector<float>& samples : {std::vector<float>{}, std::vector<float>(kWindowLength, 0.0F)}) {
      for (const float value : log_mel(samples, 80, isa)) ASSERT_FLOAT_EQ(value, -1.5F);  // (-10 + 4) / 4
    }
  }
}

TEST(LogMel, LouderInputOnlyShifts) {
  const std::vector<float> quiet = noise(kWindowLength, 0.01F);
  std::vector<float> loud = quiet;
  for (float& s : loud) s *= 16.0F;  // a power of two: exact
  const std::vector<float> a = log_mel(quiet, 80, best_isa());
  const std::vector<float> b = log_mel(loud, 80, best_isa());
  const float shift = static_cast<float>(2.0 * std::log10(16.0) / 4.0);
  for (std::size_t i = 0; i < a.size(); ++i) ASSERT_NEAR(b[i] - a[i], shift, 1e-6F);
}

TEST(LogMel, OneObjectGivesTheSameTwice) {
  const LogMel extractor(128);
  const std::vector<float> samples = noise(100000, 0.2F);
  std::vector<float> first(std::size_t{128} * kFrames);
  std::vector<float> second(first.size());
  extractor.compute(samples, first);
  extractor.compute(samples, second);
  EXPECT_EQ(first, second);
}

TEST(LogMel, RefusesWrongSizes) {
  EXPECT_THROW(LogMel(81), Error);
  EXPECT_THROW(LogMel(0), Error);
  EXPECT_THROW(LogMel(-80), Error);
  const LogMel extractor(80);
  std::vector<float> mel(std::size_t{80} * kFrames);
  std::vector<float> samples(kWindowLength + 1);
  EXPECT_THROW(extractor.compute(samples, mel), Error);
  samples.pop_back();
  mel.pop_back();
  EXPECT_THROW(extractor.compute(samples, mel), Error);
}

TEST(MelFilters, AreSlaneys) {
  for (const int n_mels : {80, 128}) {
    const MelFilters filters(n_mels, kBins, 16000);
    const auto expected = testing::reference_filters(n_mels);
    for (int m = 0; m < n_mels; ++m) {
      const MelFilters::Filter filter = filters.filter(m);
      for (int k = 0; k < kBins; ++k) {
        const int i = k - filter.first;
        const bool stored = i >= 0 && i < static_cast<int>(filter.weights.size());
        const double weight = stored ? filter.weights[static_cast<std::size_t>(i)] : 0.0;
        ASSERT_NEAR(weight, expected[static_cast<std::size_t>(m)][static_cast<std::size_t>(k)], 1e-14) << m << " " << k;
      }
    }
  }
}

TEST(MelFilters, WideOnesHaveAreaOne) {
  const MelFilters filters(80, kBins, 16000);
  for (int m = 60; m < 80; ++m) {  // several bins wide, so that the sum over bins is near the integral
    double area = 0.0;
    for (const double weight : filters.filter(m).weights) area += weight * 40.0;
    EXPECT_NEAR(area, 1.0, 0.02) << m;
  }
}

}  // namespace
}  // namespace seben::frontend
