// SPDX-License-Identifier: Apache-2.0
// How many edits lie between two texts.
#pragma once

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <string_view>
#include <vector>

namespace seben::correction {

/// Levenshtein distance by code point; no list of the edits, so one row of memory.
[[nodiscard]] inline std::int64_t edit_distance(std::u32string_view a, std::u32string_view b) {
  std::vector<std::int64_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::int64_t{0});
  for (const char32_t c : a) {
    std::int64_t diagonal = row[0]++;
    for (std::size_t j = 1; j < row.size(); ++j) {
      const std::int64_t above = row[j];
      row[j] = std::min({diagonal + (c == b[j - 1] ? 0 : 1), above + 1, row[j - 1] + 1});
      diagonal = above;
    }
  }
  return row.back();
}

}  // namespace seben::correction
