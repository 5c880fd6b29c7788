// SPDX-License-Identifier: Apache-2.0
#include "pipeline/stitch.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace seben::pipeline {
namespace {

using ctc::Symbol;
using Symbols = std::vector<Symbol>;

struct Join {
  std::size_t keep_left = 0;   ///< symbols of the earlier window that stay
  std::size_t drop_right = 0;  ///< symbols of the later window that go
};

std::int64_t middle(const Symbol& s) { return (s.first_frame + s.last_frame) / 2; }

// Index pairs (left, right) of a longest common subsequence among symbols near in time.
std::vector<std::pair<std::size_t, std::size_t>> match(const Symbols& left, std::size_t left_from, const Symbols& right,
                                                       std::size_t right_end, std::int64_t tolerance) {
  const std::size_t n = left.size() - left_from, m = right_end;
  std::vector<std::vector<std::int32_t>> best(n + 1, std::vector<std::int32_t>(m + 1, 0));
  const auto same = [&](std::size_t i, std::size_t j) {
    const Symbol &a = left[left_from + i], &b = right[j];
    return a.label == b.label && std::abs(middle(a) - middle(b)) <= tolerance;
  };
  for (std::size_t i = n; i-- > 0;) {
    for (std::size_t j = m; j-- > 0;) {
      best[i][j] = std::max({best[i + 1][j], best[i][j + 1], best[i + 1][j + 1] + (same(i, j) ? 1 : 0)});
    }
  }
  std::vector<std::pair<std::size_t, std::size_t>> pairs;
  for (std::size_t i = 0, j = 0; i < n && j < m;) {
    if (same(i, j) && best[i][j] == best[i + 1][j + 1] + 1) {
      pairs.emplace_back(left_from + i++, j++);
    } else if (best[i + 1][j] >= best[i][j + 1]) {
      ++i;
    } else {
      ++j;
    }
  }
  return pairs;
}

// How many matches without a gap on either side surround match `at`, itself included, looking at most four far.
std::int64_t run_around(const std::vector<std::pair<std::size_t, std::size_t>>& pairs, std::size_t at) {
  constexpr std::size_t kFar = 4;
  std::int64_t run = 1;
  for (std::size_t i = at; i > 0 && at - i < kFar; --i) {
    if (pairs[i].first != pairs[i - 1].first + 1 || pairs[i].second != pairs[i - 1].second + 1) break;
    ++run;
  }
  for (std::size_t i = at; i + 1 < pairs.size() && i - at < kFar; ++i) {
    if (pairs[i + 1].first != pairs[i].first + 1 || pairs[i + 1].second != pairs[i].second + 1) break;
    ++run;
  }
  return run;
}

// Without a match: the frame of the overlap that is farthest from every symbol, nearest to the middle among equals.
Join join_in_pause(const Symbols& left, const Symbols& right, std::int64_t from, std::int64_t to) {
  std::int64_t best_frame = (from + to) / 2, best_distance = -1;
  for (std::int64_t frame = from; frame < to; ++frame) {
    std::int64_t distance = to - from;
    for (const Symbols* side : {&left, &right}) {
      for (const Symbol& s : *side) distance = std::min(distance, std::abs(middle(s) - frame));
    }
    const bool nearer = std::abs(frame - (from + to) / 2) < std::abs(best_frame - (from + to) / 2);
    if (distance > best_distance || (distance == best_distance && nearer)) {
      best_distance = distance;
      best_frame = frame;
    }
  }
  const auto before = [best_frame](const Symbol& s) { return middle(s) < best_frame; };
  return {static_cast<std::size_t>(std::ranges::partition_point(left, before) - left.begin()),
          static_cast<std::size_t>(std::ranges::partition_point(right, before) - right.begin())};
}

Join choose_join(const Symbols& left, const Symbols& right, std::int64_t from, std::int64_t to,
                 std::int64_t tolerance) {
  const auto left_from = static_cast<std::size_t>(
      std::ranges::partition_point(left, [=](const Symbol& s) { return s.last_frame < from - tolerance; }) -
      left.begin());
  const auto right_end = static_cast<std::size_t>(
      std::ranges::partition_point(right, [=](const Symbol& s) { return s.first_frame < to + tolerance; }) -
      right.begin());
  const auto pairs = match(left, left_from, right, right_end, tolerance);
  if (pairs.empty()) return join_in_pause(left, right, from, to);
  std::size_t best = 0;
  std::pair<std::int64_t, std::int64_t> best_score{0, 0};
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    const std::int64_t off_centre = std::abs(middle(left[pairs[i].first]) - (from + to) / 2);
    const std::pair score{run_around(pairs, i), -off_centre};
    if (i == 0 || score > best_score) {
      best = i;
      best_score = score;
    }
  }
  return {pairs[best].first + 1, pairs[best].second + 1};
}

}  // namespace

Symbols Stitcher::push(Symbols window, std::int64_t window_first, std::int64_t previous_end) {
  if (previous_end <= window_first) return std::exchange(held_, std::move(window));  // no overlap: the first window
  const Join join = choose_join(held_, window, window_first, previous_end, options_.tolerance);
  held_.resize(join.keep_left);
  Symbols out =
      std::exchange(held_, Symbols(window.begin() + static_cast<std::ptrdiff_t>(join.drop_right), window.end()));
  return out;
}

Symbols Stitcher::finish() { return std::exchange(held_, {}); }

}  // namespace seben::pipeline
