// SPDX-License-Identifier: Apache-2.0
#include "quant/kv_cache.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "random_frames.h"
#include "support/errors.h"

namespace seben::quant {
namespace {

constexpr std::int64_t kWidth = 384, kPositions = 40, kLayers = 3, kHead = 64;

CodecSpec codec(const char* text) { return parse_codec(text, "test"); }

// softmax(q K^T / sqrt(64)) V of one head over all positions.
std::vector<double> attend(const std::vector<float>& q, const std::vector<float>& keys,
                           const std::vector<float>& values) {
  std::vector<double> weights, out(kHead, 0.0);
  double total = 0.0;
  for (std::size_t p = 0; p < static_cast<std::size_t>(kPositions); ++p) {
    double score = 0.0;
    for (std::size_t i = 0; i < kHead; ++i)
      score += static_cast<double>(q[i]) * static_cast<double>(keys[p * kWidth + i]);
    weights.push_back(std::exp(score / 8.0));
    total += weights.back();
  }
  for (std::size_t p = 0; p < weights.size(); ++p) {
    for (std::size_t i = 0; i < kHead; ++i) out[i] += weights[p] / total * static_cast<double>(values[p * kWidth + i]);
  }
  return out;
}

double attention_error(const char* key_codec, const char* value_codec, bool outlier_channel) {
  std::vector<float> keys = normal_values(kWidth * kPositions, 1), values = normal_values(kWidth * kPositions, 2);
  if (outlier_channel) {  // one channel far larger than the rest, as keys have it
    for (std::size_t p = 0; p < static_cast<std::size_t>(kPositions); ++p) keys[p * kWidth + 200] = 400.0F;
  }
  KvCache cache({kLayers, kPositions, kWidth}, codec(key_codec), codec(value_codec));
  for (std::size_t p = 0; p < static_cast<std::size_t>(kPositions); ++p) {
    cache.append(1, std::span(keys).subspan(p * kWidth, kWidth), std::span(values).subspan(p * kWidth, kWidth));
  }
  std::vector<float> k(keys.size()), v(values.size());
  cache.read_keys(1, 0, k);
  cache.read_values(1, 0, v);
  const std::vector<float> q = normal_values(kHead, 3);
  const auto exact = attend(q, keys, values), found = attend(q, k, v);
  double error = 0.0, norm = 0.0;
  for (std::size_t i = 0; i < kHead; ++i) {
    error += (exact[i] - found[i]) * (exact[i] - found[i]);
    norm += exact[i] * exact[i];
  }
  return error / norm;
}

TEST(KvCache, AttentionKeepsItsResult) {
  EXPECT_LT(attention_error("affine8:g32", "affine8:g32", false), 1e-3);
  EXPECT_LT(attention_error("affine4:g32", "affine4:g32", false), 0.05);
  EXPECT_LT(attention_error("affine8:g32", "turbo4", false), 0.05);
}

TEST(KvCache, AnOutlierChannelIsWhyKeysAreCodedInGroups) {
  // One norm a vector gives the large channel all the resolution: the other channels of the keys vanish.
  EXPECT_LT(attention_error("affine4:g32", "affine4:g32", true), 0.05);
  EXPECT_GT(attention_error("turbo4", "affine4:g32", true), 5 * attention_error("affine4:g32", "affine4:g32", true));
}

TEST(KvCache, KeepsLayersApartAndForgets) {
  KvCache cache({2, 4, 64}, codec("f32"), codec("fp16"));
  const std::vector<float> a(64, 1.0F), b(64, 2.0F);
  cache.append(0, a, b);
  cache.append(1, b, a);
  cache.append(1, a, b);
  EXPECT_EQ(cache.length(0), 1);
  EXPECT_EQ(cache.length(1), 2);
  std::vector<float> row(64);
  cache.read_keys(1, 0, row);
  EXPECT_EQ(row, b);
  cache.read_values(1, 1, row);
  EXPECT_EQ(row, b);
  cache.truncate(1);
  EXPECT_EQ(cache.length(1), 1);
  EXPECT_TRUE(test::fails_with(ErrorCategory::internal, "positions below 1", [&] { cache.read_keys(1, 1, row); }));
  for (int i = 0; i < 3; ++i) cache.append(0, a, b);
  EXPECT_TRUE(test::fails_with(ErrorCategory::internal, "at most 4", [&] { cache.append(0, a, b); }));
  EXPECT_EQ(cache.bytes(), 2U * 4 * 64 * 6);
  const std::vector<float> bad(64, NAN);
  EXPECT_TRUE(test::fails_with(ErrorCategory::bad_data, "key: frame 0", [&] { cache.append(1, bad, a); }));
}

}  // namespace
}  // namespace seben::quant
