// SPDX-License-Identifier: Apache-2.0
#include "engine/sliding_audio.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "support/errors.h"

namespace seben::pipeline {
namespace {

// Sample i has the value i.
audio::WindowReader::Source counting(std::int64_t total, std::int64_t& at) {
  return [total, &at](std::span<float> out) {
    std::size_t n = 0;
    for (; n < out.size() && at < total; ++n) out[n] = static_cast<float>(at++);
    return n;
  };
}

TEST(SlidingAudio, GivesWhatTheRecordingHasForStepsOfAnySize) {
  std::mt19937 random(1);
  for (int round = 0; round < 200; ++round) {
    const std::int64_t total = std::uniform_int_distribution<std::int64_t>(0, 400)(random);
    std::int64_t read = 0;
    const auto source = counting(total, read);
    SlidingAudio audio(source, 50);
    std::int64_t place = 0;
    while (place <= total + 60) {
      const auto count = std::uniform_int_distribution<std::int64_t>(0, 50)(random);
      const auto got = audio.at(place, static_cast<std::size_t>(count));
      const std::int64_t expected = std::clamp<std::int64_t>(total - place, 0, count);
      ASSERT_EQ(static_cast<std::int64_t>(got.size()), expected) << place << " of " << total;
      for (std::size_t i = 0; i < got.size(); ++i) {
        ASSERT_EQ(got[i], static_cast<float>(place + static_cast<std::int64_t>(i)));
      }
      place += std::uniform_int_distribution<std::int64_t>(0, 120)(random);
    }
    EXPECT_TRUE(audio.at(place, 1).empty());
    EXPECT_EQ(audio.heard(), total);
  }
}

TEST(SlidingAudio, WhatIsGoneOrTooLongIsADefect) {
  std::int64_t read = 0;
  const auto source = counting(1000, read);
  SlidingAudio audio(source, 50);
  (void)audio.at(200, 10);
  EXPECT_TRUE(test::fails_with(ErrorCategory::internal, "window", [&] { (void)audio.at(199, 1); }));
  EXPECT_TRUE(test::fails_with(ErrorCategory::internal, "window", [&] { (void)audio.at(200, 51); }));
}

}  // namespace
}  // namespace seben::pipeline
