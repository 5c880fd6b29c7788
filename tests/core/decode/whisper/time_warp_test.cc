// SPDX-License-Identifier: Apache-2.0
// Dynamic time warping and the median filter before it, against the slowest way to say the same.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <random>
#include <vector>

#include "decode/whisper/word_times.h"

namespace seben::generate {
namespace {

using Path = std::vector<std::pair<std::int64_t, std::int64_t>>;

float cost_of(const Path& path, const std::vector<float>& cost, std::int64_t columns) {
  float sum = 0.0F;
  for (const auto& [i, j] : path) sum += cost[static_cast<std::size_t>(i * columns + j)];
  return sum;
}

// Every way from the first to the last place, tried.
float cheapest(const std::vector<float>& cost, std::int64_t rows, std::int64_t columns) {
  const std::function<float(std::int64_t, std::int64_t)> from = [&](std::int64_t i, std::int64_t j) {
    const float here = cost[static_cast<std::size_t>(i * columns + j)];
    if (i == rows - 1 && j == columns - 1) return here;
    float best = std::numeric_limits<float>::infinity();
    if (i + 1 < rows) best = std::min(best, from(i + 1, j));
    if (j + 1 < columns) best = std::min(best, from(i, j + 1));
    if (i + 1 < rows && j + 1 < columns) best = std::min(best, from(i + 1, j + 1));
    return here + best;
  };
  return from(0, 0);
}

TEST(TimeWarp, IsTheCheapestWay) {
  std::mt19937 random(3);
  for (int trial = 0; trial < 60; ++trial) {
    const auto rows = static_cast<std::int64_t>(1 + random() % 5),
               columns = static_cast<std::int64_t>(1 + random() % 6);
    std::vector<float> cost(static_cast<std::size_t>(rows * columns));
    for (float& c : cost) c = static_cast<float>(static_cast<int>(random() % 64) - 32);
    const Path path = time_warp(cost, rows, columns);
    ASSERT_FALSE(path.empty());
    EXPECT_EQ(path.front(), std::pair(std::int64_t{0}, std::int64_t{0}));
    EXPECT_EQ(path.back(), std::pair(rows - 1, columns - 1));
    for (std::size_t i = 1; i < path.size(); ++i) {
      const std::int64_t down = path[i].first - path[i - 1].first, right = path[i].second - path[i - 1].second;
      EXPECT_TRUE(down >= 0 && down <= 1 && right >= 0 && right <= 1 && down + right > 0);
    }
    EXPECT_EQ(cost_of(path, cost, columns), cheapest(cost, rows, columns)) << rows << " x " << columns;
  }
}

TEST(TimeWarp, EqualWaysGoAlongTheRow) {
  const std::vector<float> flat(6, 0.0F);
  EXPECT_EQ(time_warp(flat, 2, 3), (Path{{0, 0}, {1, 0}, {1, 1}, {1, 2}}));
}

TEST(MedianFilter, MirrorsTheEnds) {
  std::vector<float> x{5, 1, 4, 2, 3};
  median_filter(x, 5, 3);
  EXPECT_EQ(x, (std::vector<float>{1, 4, 2, 3, 2}));
  std::vector<float> rows{9, 1, 1, 0, 7, 0};  // two rows: neither sees the other
  median_filter(rows, 3, 3);
  EXPECT_EQ(rows, (std::vector<float>{1, 1, 1, 7, 0, 7}));
}

TEST(MedianFilter, LeavesRowsThatAreTooShort) {
  std::vector<float> x{3, 1, 2};
  median_filter(x, 3, 7);
  EXPECT_EQ(x, (std::vector<float>{3, 1, 2}));
}

}  // namespace
}  // namespace seben::generate
