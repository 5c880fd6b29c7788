// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <limits>

#include "decode/whisper/word_times.h"

namespace seben::generate {

void median_filter(std::span<float> x, std::int64_t width, std::int64_t window) {
  const std::int64_t half = window / 2;
  if (width <= half) return;
  std::vector<float> row(static_cast<std::size_t>(width)), sorted(static_cast<std::size_t>(window));
  for (std::size_t first = 0; first < x.size(); first += static_cast<std::size_t>(width)) {
    std::ranges::copy(x.subspan(first, row.size()), row.begin());
    for (std::int64_t i = 0; i < width; ++i) {
      for (std::int64_t k = 0; k < window; ++k) {
        std::int64_t at = i + k - half;
        if (at < 0) at = -at;
        if (at >= width) at = 2 * (width - 1) - at;
        sorted[static_cast<std::size_t>(k)] = row[static_cast<std::size_t>(at)];
      }
      std::nth_element(sorted.begin(), sorted.begin() + half, sorted.end());
      x[first + static_cast<std::size_t>(i)] = sorted[static_cast<std::size_t>(half)];
    }
  }
}

std::vector<std::pair<std::int64_t, std::int64_t>> time_warp(std::span<const float> cost, std::int64_t rows,
                                                             std::int64_t columns) {
  enum class From : std::uint8_t { both, row, column };
  constexpr float kFar = std::numeric_limits<float>::infinity();
  const auto index = [&](std::int64_t i, std::int64_t j) { return static_cast<std::size_t>(i * columns + j); };
  std::vector<From> from(static_cast<std::size_t>(rows * columns));
  // Sums of the row above and of this one; [0] is the edge.
  std::vector<float> above(static_cast<std::size_t>(columns) + 1, kFar), here(above.size(), kFar);
  above[0] = 0.0F;
  for (std::int64_t i = 0; i < rows; ++i) {
    here[0] = kFar;
    for (std::int64_t j = 0; j < columns; ++j) {
      const auto at = static_cast<std::size_t>(j);
      const float both = above[at], row = above[at + 1], column = here[at];
      From& step = from[index(i, j)];
      float best = column;
      step = From::column;
      if (both < row && both < column) {
        best = both;
        step = From::both;
      } else if (row < both && row < column) {
        best = row;
        step = From::row;
      }
      here[at + 1] = cost[index(i, j)] + best;
    }
    above.swap(here);
  }
  std::vector<std::pair<std::int64_t, std::int64_t>> path;
  std::int64_t i = rows - 1, j = columns - 1;
  while (true) {
    path.emplace_back(i, j);
    if (i == 0 && j == 0) break;
    // Along the edges there is one way only.
    const From step = i == 0 ? From::column : j == 0 ? From::row : from[index(i, j)];
    if (step != From::column) --i;
    if (step != From::row) --j;
  }
  std::ranges::reverse(path);
  return path;
}

}  // namespace seben::generate
