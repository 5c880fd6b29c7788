// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/json.h"
#include "codecs/agp_partition.h"
#include "codecs/feature_codec.h"
#include "support/errors.h"
#include "support/random_frames.h"

namespace seben::quant {
namespace {

constexpr std::int64_t kDim = 192;

// Frames that dwell and jump, as encoder features do: an AR(1) walk with a new place now and then.
std::vector<float> walk(std::int64_t frames, std::uint64_t seed) {
  const std::vector<float> noise = normal_values(static_cast<std::size_t>(frames * kDim), seed);
  std::vector<float> out(noise.size());
  SplitMix random(seed);
  for (std::int64_t t = 0; t < frames; ++t) {
    const bool jump = t == 0 || random.uniform() < 0.02;
    for (std::int64_t i = 0; i < kDim; ++i) {
      const auto at = static_cast<std::size_t>(t * kDim + i);
      out[at] = jump ? noise[at] : 0.97F * out[at - static_cast<std::size_t>(kDim)] + 0.1F * noise[at];
    }
  }
  return out;
}

AgpThresholds thresholds() {
  std::vector<AgpScalars> all;
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    AgpPartition partition(kDim, {});
    partition.push(walk(1500, 100 + seed));
    partition.finish();
    all.insert(all.end(), partition.scalars().begin(), partition.scalars().end());
  }
  return calibrate_thresholds(all);
}

TEST(AgpScalars, AJumpIsNovelAndBreaksCommitment) {
  AgpTrajectory t(4);
  for (int i = 0; i < 20; ++i) t.push(std::vector<float>{1.0F + 0.01F * static_cast<float>(i), 0.0F, 0.0F, 0.0F});
  t.push(std::vector<float>{1.0F, 5.0F, 0.0F, 0.0F});
  t.push(std::vector<float>{1.0F, 5.01F, 0.0F, 0.0F});
  t.finish();
  const auto& s = t.scalars();
  ASSERT_EQ(s.size(), 22U);
  EXPECT_EQ(t.complete(), 22);
  EXPECT_DOUBLE_EQ(s[0].commitment, 0.5);
  EXPECT_DOUBLE_EQ(s[0].novelty, 1.0);
  EXPECT_NEAR(s[10].commitment, 0.0, 0.02);  // every step so far is the largest
  EXPECT_DOUBLE_EQ(s[20].commitment, 0.0);
  EXPECT_GT(s[21].commitment, 0.99);
  EXPECT_GT(s[20].novelty, 0.4);
  EXPECT_LT(s[21].novelty, 0.01);
  EXPECT_NEAR(s[20].stability, 0.0, 1e-9);
  EXPECT_NEAR(s[10].stiffness, 1.0, 1e-4);  // straight on
  EXPECT_NEAR(s[20].stiffness, 0.5, 0.05);  // a right angle
}

TEST(AgpScalars, StillnessHasItsOwnValues) {
  AgpTrajectory t(3);
  for (int i = 0; i < 6; ++i) t.push(std::vector<float>{2.0F, 2.0F, 2.0F});
  t.finish();
  for (std::size_t i = 1; i < 6; ++i) {
    EXPECT_EQ(t.scalars()[i].commitment, 1.0);
    EXPECT_EQ(t.scalars()[i].novelty, 0.5);
    EXPECT_TRUE(std::isfinite(t.scalars()[i].uncertainty));
  }
}

TEST(AgpScalars, AreCausalButForPressure) {
  const std::vector<float> states = normal_values(16 * 60, 7);
  const auto run = [&](std::size_t count) {
    AgpTrajectory t(16);
    for (std::size_t i = 0; i < count; ++i) t.push(std::span(states).subspan(i * 16, 16));
    return t.scalars();
  };
  const auto whole = run(60), part = run(40);
  for (std::size_t i = 0; i < 40; ++i) {
    EXPECT_EQ(whole[i].commitment, part[i].commitment);
    EXPECT_EQ(whole[i].uncertainty, part[i].uncertainty);
    EXPECT_EQ(whole[i].recovery, part[i].recovery);
    EXPECT_EQ(whole[i].stiffness, part[i].stiffness);
    EXPECT_EQ(whole[i].novelty, part[i].novelty);
    EXPECT_EQ(whole[i].stability, part[i].stability);
    if (i + 1 < 40) {
      EXPECT_EQ(whole[i].pressure, part[i].pressure);
    }
  }
}

TEST(AgpPartition, StreamsWithItsLookAheadAndNoMore) {
  const AgpThresholds limits = thresholds();
  const std::vector<float> frames = walk(1500, 3);
  AgpPartition whole(kDim, limits), stream(kDim, limits);
  whole.push(frames);
  whole.finish();
  ASSERT_EQ(whole.labels().size(), 375U);
  SplitMix random(5);
  std::int64_t pushed = 0;
  while (pushed < 1500) {
    const std::int64_t n = std::min<std::int64_t>(1500 - pushed, 1 + static_cast<std::int64_t>(random.next() % 13));
    stream.push(std::span(frames).subspan(static_cast<std::size_t>(pushed * kDim), static_cast<std::size_t>(n * kDim)));
    pushed += n;
    EXPECT_GE(static_cast<std::int64_t>(stream.labels().size()), pushed / 4 - AgpPartition::kLookAhead);
  }
  stream.finish();
  EXPECT_EQ(stream.labels(), whole.labels());
}

TEST(AgpPartition, FollowsItsRule) {
  const AgpThresholds limits = thresholds();
  AgpPartition partition(kDim, limits);
  partition.push(walk(1500, 4));
  partition.finish();
  const auto& labels = partition.labels();
  const auto& s = partition.scalars();
  const auto raw = [&](std::size_t t) {  // the rule once more, in its order
    if (t < 4 || s[t].novelty >= limits.novelty) return FrameClass::novelty;
    if (s[t].commitment <= limits.commitment || s[t].stability <= limits.stability || s[t].pressure >= limits.pressure)
      return FrameClass::boundary;
    return s[t].uncertainty >= limits.uncertainty ? FrameClass::uncertain : FrameClass::stable;
  };
  std::size_t stable = 0;
  for (std::size_t t = 0; t < labels.size(); ++t) {
    if (raw(t) != FrameClass::stable) {
      EXPECT_EQ(labels[t], raw(t)) << t;
    }
    if (labels[t] != FrameClass::stable) continue;
    ++stable;
    for (const std::size_t near : {t - 1, t + 1}) {
      if (near < labels.size()) {
        EXPECT_EQ(raw(near), FrameClass::stable) << t;  // widened by one on both sides
      }
    }
    const bool before = t > 0 && labels[t - 1] == FrameClass::stable;
    const bool after = t + 1 < labels.size() && labels[t + 1] == FrameClass::stable;
    EXPECT_TRUE(before || after) << t;  // no lone stable group
  }
  EXPECT_GT(stable, 30U);
  EXPECT_LT(stable, 345U);
}

TEST(AgpPartition, ShortLastGroupAndReset) {
  AgpPartition partition(kDim, thresholds());
  const std::vector<float> frames = walk(94, 6);
  partition.push(frames);
  partition.finish();
  EXPECT_EQ(partition.labels().size(), 24U);
  const auto labels = partition.labels();
  partition.reset();
  partition.push(frames);
  partition.finish();
  EXPECT_EQ(partition.labels(), labels);
}

FeaturePolicy policy(Assignment assignment) {
  FeaturePolicy p;
  p.assignment = assignment;
  p.codecs = {parse_codec("affine3:g32", ""), parse_codec("affine8:g32", ""), parse_codec("turbo4", ""),
              parse_codec("affine8:g32", "")};
  p.thresholds = thresholds();
  return p;
}

TEST(FeatureCodec, BaselinesTakeTheSameBytes) {
  std::vector<std::size_t> bytes;
  std::vector<std::vector<float>> restored;
  for (const Assignment a : {Assignment::agp, Assignment::energy, Assignment::random}) {
    const FeatureCodec codec(policy(a), kDim, "test");
    std::vector<float> frames = walk(1499, 8);
    bytes.push_back(restore_window(codec, frames, "test"));
    restored.push_back(std::move(frames));
  }
  // Streamed labels lie in several blocks, each rounded up to a byte; the rest is equal.
  EXPECT_NEAR(static_cast<double>(bytes[0]), static_cast<double>(bytes[1]), 375.0);
  EXPECT_EQ(bytes[1], bytes[2]);
  EXPECT_NE(restored[0], restored[1]);
  EXPECT_NE(restored[1], restored[2]);
}

TEST(FeatureCodec, EveryFrameHasTheErrorOfItsClass) {
  const FeatureCodec codec(policy(Assignment::agp), kDim, "test");
  const std::vector<float> frames = walk(1500, 9);
  std::vector<float> restored = frames;
  (void)restore_window(codec, restored, "test");
  AgpPartition partition(kDim, codec.policy().thresholds);
  partition.push(frames);
  partition.finish();
  for (std::size_t g = 0; g < 375; ++g) {
    const auto part = std::span(frames).subspan(g * 4 * kDim, 4 * kDim);
    const FrameCodec& own = codec.of(partition.labels()[g]);
    std::vector<std::byte> bytes(4 * own.frame_bytes());
    own.encode(part, bytes, "test");
    std::vector<float> expected(part.size());
    own.decode(bytes, expected);
    ASSERT_TRUE(std::ranges::equal(expected, std::span(restored).subspan(g * 4 * kDim, 4 * kDim))) << g;
  }
}

TEST(FeaturePolicy, JsonComesBackAndRefuses) {
  for (const Assignment a : {Assignment::agp, Assignment::random}) {
    const FeaturePolicy before = policy(a);
    const nlohmann::json json = to_json(before);
    EXPECT_EQ(policy_from_json(base::JsonReader(json, "policy.json")), before);
  }
  nlohmann::json json = to_json(policy(Assignment::agp));
  json["codecs"]["stable"] = "affine7";
  EXPECT_TRUE(test::fails_with(ErrorCategory::bad_data, "codecs.stable",
                               [&] { (void)policy_from_json(base::JsonReader(json, "policy.json")); }));
  json = to_json(policy(Assignment::agp));
  json["thresholds"].erase("pressure");
  EXPECT_TRUE(test::fails_with(ErrorCategory::bad_data, "pressure",
                               [&] { (void)policy_from_json(base::JsonReader(json, "policy.json")); }));
  EXPECT_TRUE(
      test::fails_with(ErrorCategory::no_input, "none.json", [] { (void)parse_feature_policy("agp:none.json", "x"); }));
}

}  // namespace
}  // namespace seben::quant
