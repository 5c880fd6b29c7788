// SPDX-License-Identifier: Apache-2.0
#include "engine/stitch.h"

#include <gtest/gtest.h>

#include <random>

namespace seben::pipeline {
namespace {

using ctc::Symbol;
using Symbols = std::vector<Symbol>;

// A long made-up reading: labels every few frames, with pauses.
Symbols recording(std::mt19937& random, std::int64_t frames) {
  Symbols out;
  for (std::int64_t t = 5; t < frames - 5;) {
    out.push_back(
        {static_cast<std::int64_t>(random() % 30), t, t + static_cast<std::int64_t>(random() % 2), -0.1F, 0.9F});
    t += 3 + static_cast<std::int64_t>(random() % 4);
    if (random() % 25 == 0) t += 40;
  }
  return out;
}

// What a window at [first, first + length) would read of it: times jitter by a frame, and the reading near the window's
// own edges, where the model sees only half a word, is wrong.
Symbols window_of(const Symbols& all, std::int64_t first, std::int64_t length, std::mt19937& random, bool last) {
  Symbols out;
  for (Symbol s : all) {
    if (s.first_frame < first || s.last_frame >= first + length) continue;
    const bool at_start = first > 0 && s.first_frame < first + 8;
    const bool at_end = !last && s.last_frame >= first + length - 8;
    if (at_start || at_end) {
      if (random() % 2 == 0) continue;
      s.label = 100 + static_cast<std::int64_t>(random() % 5);
    }
    const std::int64_t jitter = static_cast<std::int64_t>(random() % 3) - 1;
    s.first_frame += jitter;
    s.last_frame += jitter;
    out.push_back(s);
  }
  return out;
}

std::vector<std::int64_t> labels(const Symbols& symbols) {
  std::vector<std::int64_t> out;
  for (const Symbol& s : symbols) out.push_back(s.label);
  return out;
}

TEST(Stitch, JoinsAtEveryOffsetWithoutLossOrDoubling) {
  std::mt19937 random(7);
  constexpr std::int64_t kWindow = 750, kOverlap = 100;
  for (std::int64_t offset = 0; offset < 200; ++offset) {
    const Symbols all = recording(random, 3000 + offset);
    Stitcher stitcher;
    Symbols joined;
    std::int64_t previous_end = 0;
    for (std::int64_t first = 0;; first += kWindow - kOverlap) {
      const bool last = first + kWindow >= 3000 + offset;
      const Symbols part = stitcher.push(window_of(all, first, kWindow, random, last), first, previous_end);
      joined.insert(joined.end(), part.begin(), part.end());
      previous_end = first + kWindow;
      if (last) break;
    }
    const Symbols rest = stitcher.finish();
    joined.insert(joined.end(), rest.begin(), rest.end());
    ASSERT_EQ(labels(joined), labels(all)) << "offset " << offset;
  }
}

TEST(Stitch, OneWindowPassesThrough) {
  Stitcher stitcher;
  const Symbols one{{1, 3, 4, 0, 1}, {2, 9, 9, 0, 1}};
  EXPECT_TRUE(stitcher.push(one, 0, 0).empty());
  EXPECT_EQ(labels(stitcher.finish()), (std::vector<std::int64_t>{1, 2}));
  EXPECT_TRUE(stitcher.finish().empty());
}

TEST(Stitch, SilentWindowsBetweenLoseNothing) {
  Stitcher stitcher;
  Symbols joined;
  const auto push = [&](Symbols window, std::int64_t first, std::int64_t end) {
    for (const Symbol& s : stitcher.push(std::move(window), first, end)) joined.push_back(s);
  };
  push({{1, 10, 11, 0, 1}}, 0, 0);
  push({}, 90, 100);
  push({{2, 200, 201, 0, 1}}, 180, 190);
  for (const Symbol& s : stitcher.finish()) joined.push_back(s);
  EXPECT_EQ(labels(joined), (std::vector<std::int64_t>{1, 2}));
}

TEST(Stitch, ReadingsWithoutAnyMatchAreJoinedInTheWidestPause) {
  Stitcher stitcher;
  (void)stitcher.push({{1, 10, 11, 0, 1}, {2, 70, 71, 0, 1}}, 0, 0);
  Symbols joined = stitcher.push({{3, 98, 99, 0, 1}, {4, 150, 151, 0, 1}}, 60, 100);
  for (const Symbol& s : stitcher.finish()) joined.push_back(s);
  EXPECT_EQ(labels(joined), (std::vector<std::int64_t>{1, 2, 3, 4}));
}

}  // namespace
}  // namespace seben::pipeline
