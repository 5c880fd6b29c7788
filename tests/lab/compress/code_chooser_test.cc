// SPDX-License-Identifier: Apache-2.0
#include "compress/code_chooser.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "codecs/splitmix.h"
#include "compress/triangle.h"
#include "support/errors.h"
#include "support/random_frames.h"

namespace seben::compress {
namespace {

constexpr std::int64_t kWidth = 96, kOut = 40, kInputs = 700;

tensor::TensorView view(const std::vector<float>& values, std::int64_t rows, std::int64_t columns) {
  tensor::TensorView v;
  v.name = "fc1.weight";
  v.source = "test";
  v.shape = {rows, columns};
  v.data = reinterpret_cast<const std::byte*>(values.data());
  return v;
}

// Inputs of a few causes, as activations are: neighbours go together, and one channel is large.
std::vector<float> correlated_inputs(std::uint64_t seed) {
  constexpr std::int64_t causes = 12;
  const auto mix = quant::normal_values(static_cast<std::size_t>(causes * kWidth), seed);
  const auto drives = quant::normal_values(static_cast<std::size_t>(kInputs * causes), seed + 1);
  std::vector<float> x = quant::normal_values(static_cast<std::size_t>(kInputs * kWidth), seed + 2);
  for (std::int64_t t = 0; t < kInputs; ++t) {
    for (std::int64_t i = 0; i < kWidth; ++i) {
      float& value = x[static_cast<std::size_t>(t * kWidth + i)];
      value *= 0.2F;
      for (std::int64_t c = 0; c < causes; ++c) {
        value += mix[static_cast<std::size_t>(c * kWidth + i)] * drives[static_cast<std::size_t>(t * causes + c)];
      }
      if (i == 17) value *= 9.0F;
    }
  }
  return x;
}

std::vector<float> restored(const quant::CodedMatrix& matrix) {
  const auto rows = quant::rows_of(matrix);
  std::vector<float> out(static_cast<std::size_t>(kOut * kWidth));
  for (std::int64_t r = 0; r < kOut; ++r) {
    rows->read(r, std::span(out).subspan(static_cast<std::size_t>(r * kWidth), static_cast<std::size_t>(kWidth)));
  }
  return out;
}

// The sum of squared differences of all products, straight from the inputs.
double product_error(const std::vector<float>& inputs, const std::vector<float>& weights,
                     const std::vector<float>& coded) {
  double sum = 0.0;
  for (std::int64_t t = 0; t < kInputs; ++t) {
    for (std::int64_t r = 0; r < kOut; ++r) {
      double difference = 0.0;
      for (std::int64_t i = 0; i < kWidth; ++i) {
        const auto at = static_cast<std::size_t>(r * kWidth + i);
        difference += static_cast<double>(inputs[static_cast<std::size_t>(t * kWidth + i)]) *
                      (static_cast<double>(coded[at]) - static_cast<double>(weights[at]));
      }
      sum += difference * difference;
    }
  }
  return sum;
}

InputMoments moments_of(const std::vector<float>& inputs, int threads = 1) {
  InputMoments moments(kWidth);
  moments.add(inputs.data(), kInputs, threads);
  return moments;
}

TEST(InputMoments, AreTheSumsOfProducts) {
  const std::vector<float> x = correlated_inputs(3);
  const InputMoments once = moments_of(x);
  EXPECT_EQ(once.count(), kInputs);
  for (const auto& [i, k] : {std::pair{0, 0}, {5, 90}, {90, 5}, {17, 17}, {95, 94}}) {
    double sum = 0.0;
    for (std::int64_t t = 0; t < kInputs; ++t) {
      sum += static_cast<double>(x[static_cast<std::size_t>(t * kWidth + i)]) *
             static_cast<double>(x[static_cast<std::size_t>(t * kWidth + k)]);
    }
    EXPECT_NEAR(once.row(i)[k], sum, 1e-3 * std::abs(sum) + 0.05) << i << ' ' << k;
  }
  const InputMoments shared = moments_of(x, 3);
  for (std::int64_t i = 0; i < kWidth; ++i) {
    EXPECT_TRUE(std::equal(once.row(i), once.row(i) + kWidth, shared.row(i)));
  }
}

TEST(InverseFactor, IsOneOfTheInverse) {
  constexpr std::int64_t n = 24;
  const auto x = quant::normal_values(n * 60, 4);
  std::vector<double> h(n * n, 0.0);
  for (std::size_t t = 0; t < 60; ++t) {
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t k = 0; k < n; ++k) {
        h[i * n + k] += static_cast<double>(x[t * n + i]) * static_cast<double>(x[t * n + k]) / 60;
      }
    }
  }
  const std::vector<float> u = inverse_factor(h, n);
  for (std::size_t i = 0; i < n; ++i) {  // U H U^T = 1
    for (std::size_t k = 0; k < n; ++k) {
      double sum = 0.0;
      for (std::size_t a = 0; a < n; ++a) {
        for (std::size_t b = 0; b < n; ++b) {
          sum += static_cast<double>(u[i * n + a]) * h[a * n + b] * static_cast<double>(u[k * n + b]);
        }
      }
      EXPECT_NEAR(sum, i == k ? 1.0 : 0.0, 1e-4);
      if (k < i) {
        EXPECT_EQ(u[i * n + k], 0.0F);
      }
    }
  }
  EXPECT_TRUE(test::fails_with(ErrorCategory::bad_data, "calibration", [] {
    (void)inverse_factor({1.0, 2.0, 2.0, 1.0}, 2);
  }));
}

TEST(CodeChooser, ProductsAreNeverWorseThanThoseOfNearestCodes) {
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    const std::vector<float> inputs = correlated_inputs(10 * seed);
    const std::vector<float> weights = quant::normal_values(kOut * kWidth, seed);
    const InputMoments moments = moments_of(inputs);
    const CodeChooser chooser(moments);
    for (const char* codec : {"w2:g32", "w3:g32", "w4:g32", "w4:g16:asym", "w3:g96", "w5:g32", "w6:g48", "w8:g32"}) {
      const quant::CodecSpec spec = quant::parse_weight_codec(codec, "test");
      ChoiceError error;
      const auto chosen = chooser.choose(view(weights, kOut, kWidth), spec, 2, &error);
      const auto nearest = quant::code_matrix(view(weights, kOut, kWidth), spec);
      EXPECT_EQ(chosen.codes.size(), nearest.codes.size());
      const double before = product_error(inputs, weights, restored(nearest));
      const double after = product_error(inputs, weights, restored(chosen));
      EXPECT_LE(after, before * 1.0001) << codec;
      if (spec.bits <= 4) {
        EXPECT_LT(after, before * 0.6) << codec;
      }
      EXPECT_NEAR(error.nearest / before, 1.0, 0.01) << codec;  // what is reported is what is
      EXPECT_NEAR(error.chosen / after, 1.0, 0.01) << codec;
    }
  }
}

TEST(CodeChooser, IsBetterOnInputsThatItHasNotSeenToo) {
  const std::vector<float> seen = correlated_inputs(20), weights = quant::normal_values(kOut * kWidth, 4);
  InputMoments moments(kWidth);
  moments.add(seen.data(), kWidth, 1);  // as many as there are columns
  std::vector<float> others(seen.begin() + kWidth * kWidth, seen.end());
  others.resize(seen.size(), 0.0F);
  for (const char* codec : {"w3:g32", "w4:g32"}) {
    const quant::CodecSpec spec = quant::parse_weight_codec(codec, "test");
    const auto chosen = CodeChooser(moments).choose(view(weights, kOut, kWidth), spec, 1);
    const auto nearest = quant::code_matrix(view(weights, kOut, kWidth), spec);
    EXPECT_LT(product_error(others, weights, restored(chosen)), 0.6 * product_error(others, weights, restored(nearest)))
        << codec;
  }
}

TEST(CodeChooser, GivesTheSameBytesTwiceAndOnAnyThreads) {
  const std::vector<float> inputs = correlated_inputs(5), weights = quant::normal_values(kOut * kWidth, 6);
  const quant::CodecSpec spec = quant::parse_weight_codec("w3:g32", "test");
  const InputMoments one = moments_of(inputs, 1), three = moments_of(inputs, 3);
  const auto first = CodeChooser(one).choose(view(weights, kOut, kWidth), spec, 1);
  const auto second = CodeChooser(three).choose(view(weights, kOut, kWidth), spec, 3);
  EXPECT_EQ(first.codes, second.codes);
  EXPECT_EQ(first.scales, second.scales);
}

TEST(CodeChooser, InputsThatAreAlwaysZeroCostNothing) {
  std::vector<float> inputs = correlated_inputs(7);
  for (std::size_t t = 0; t < kInputs; ++t) inputs[t * kWidth + 3] = inputs[t * kWidth + 40] = 0.0F;
  std::vector<float> weights = quant::normal_values(kOut * kWidth, 8);
  for (std::size_t i = 0; i < 32; ++i) weights[i] = 0.0F;  // a group without range
  const InputMoments moments = moments_of(inputs);
  const quant::CodecSpec spec = quant::parse_weight_codec("w4:g32", "test");
  const auto chosen = CodeChooser(moments).choose(view(weights, kOut, kWidth), spec, 1);
  for (const float value : restored(chosen)) EXPECT_TRUE(std::isfinite(value));
}

TEST(CodeChooser, RefusesWhatCannotBeCoded) {
  std::vector<float> inputs = correlated_inputs(9), weights = quant::normal_values(kOut * kWidth, 9);
  const InputMoments moments = moments_of(inputs);
  const CodeChooser chooser(moments);
  const auto choose = [&](const char* codec) {
    (void)chooser.choose(view(weights, kOut, kWidth), quant::parse_weight_codec(codec, "test"), 1);
  };
  EXPECT_TRUE(test::fails_with(ErrorCategory::usage, "multiple of the group of 128", [&] { choose("w4:g128"); }));
  weights[5] = 1e6F;
  EXPECT_TRUE(test::fails_with(ErrorCategory::bad_data, "at most 65504", [&] { choose("w4:g32"); }));
  inputs[100] = std::numeric_limits<float>::infinity();
  EXPECT_TRUE(test::fails_with(ErrorCategory::bad_data, "inputs whose squares are finite",
                               [&] { (void)CodeChooser(moments_of(inputs)); }));
}

}  // namespace
}  // namespace seben::compress
