// SPDX-License-Identifier: Apache-2.0
#include "audio/windows.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "seben/error.h"

namespace seben::audio {
namespace {

struct Copy {
  std::size_t index;
  std::int64_t start;
  std::size_t valid;
  bool last;
  std::vector<float> samples;
};

// Sample i of the recording is i + 1; `chunk` bounds what one read gives.
std::vector<Copy> windows_of(std::size_t total, std::size_t overlap, std::size_t window, std::size_t chunk) {
  std::size_t position = 0;
  WindowReader reader(
      [&](std::span<float> out) {
        const std::size_t count = std::min({out.size(), total - position, chunk});
        for (std::size_t i = 0; i < count; ++i) out[i] = static_cast<float>(++position);
        return count;
      },
      overlap, window);
  std::vector<Copy> copies;
  while (const auto w = reader.next()) {
    copies.push_back({w->index, w->start, w->valid, w->last, {w->samples.begin(), w->samples.end()}});
  }
  EXPECT_FALSE(reader.next().has_value());
  return copies;
}

void expect_consistent(const std::vector<Copy>& windows, std::size_t total, std::size_t overlap, std::size_t window) {
  for (std::size_t k = 0; k < windows.size(); ++k) {
    const Copy& w = windows[k];
    const std::size_t start = k * (window - overlap);
    ASSERT_EQ(w.index, k);
    ASSERT_EQ(w.start, static_cast<std::int64_t>(start));
    ASSERT_EQ(w.last, k + 1 == windows.size());
    ASSERT_EQ(w.valid, std::min(window, total - start));
    ASSERT_EQ(w.samples.size(), window);
    for (std::size_t i = 0; i < window; ++i) {
      ASSERT_EQ(w.samples[i], i < w.valid ? static_cast<float>(start + i + 1) : 0.0F);
    }
  }
}

TEST(WindowReader, EmptyRecordingHasNoWindow) { EXPECT_TRUE(windows_of(0, 3, 10, 100).empty()); }

TEST(WindowReader, ExactlyOneWindowIsOneWindow) {
  const auto windows = windows_of(10, 3, 10, 100);
  ASSERT_EQ(windows.size(), 1U);
  EXPECT_TRUE(windows[0].last);
  EXPECT_EQ(windows[0].valid, 10U);
}

TEST(WindowReader, OneSampleMoreIsTwoWindows) {
  const auto windows = windows_of(11, 3, 10, 100);
  ASSERT_EQ(windows.size(), 2U);
  EXPECT_EQ(windows[1].start, 7);
  EXPECT_EQ(windows[1].valid, 4U);
}

TEST(WindowReader, EveryLengthOverlapAndReadSize) {
  constexpr std::size_t kWindow = 10;
  for (std::size_t overlap = 0; overlap < kWindow; ++overlap) {
    for (std::size_t total = 1; total <= 47; ++total) {
      const std::size_t step = kWindow - overlap;
      const std::size_t count = total <= kWindow ? 1 : 1 + (total - kWindow + step - 1) / step;
      for (const std::size_t chunk : {std::size_t{1}, std::size_t{3}, std::size_t{100}}) {
        const auto windows = windows_of(total, overlap, kWindow, chunk);
        ASSERT_EQ(windows.size(), count) << "total " << total << " overlap " << overlap;
        expect_consistent(windows, total, overlap, kWindow);
      }
    }
  }
}

TEST(WindowReader, WhisperSizedWindows) {
  constexpr std::size_t kOverlap = 64000;
  constexpr std::size_t kTotal = 2 * kWindowSamples + 12345;
  const auto windows = windows_of(kTotal, kOverlap, kWindowSamples, 4096);
  ASSERT_EQ(windows.size(), 3U);
  expect_consistent(windows, kTotal, kOverlap, kWindowSamples);
}

TEST(WindowReader, OverlapMustBeSmallerThanTheWindow) {
  EXPECT_THROW(WindowReader([](std::span<float>) { return std::size_t{0}; }, 10, 10), Error);
}

}  // namespace
}  // namespace seben::audio
