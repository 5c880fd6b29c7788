// SPDX-License-Identifier: Apache-2.0
#include "engine/stitch.h"

#include <algorithm>
#include <cstdlib>
#include <tuple>
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

using Pair = std::pair<std::size_t, std::size_t>;  // index in the earlier window, index in the later one

// Alignment of left[left_from..] with right[..right_end]: dynamic programming over both ends. A pair is worth more than
// any agreement in time, so time only decides between alignments that match equally many symbols.
class EndsAlignment {
 public:
  EndsAlignment(const Symbols& left, std::size_t left_from, const Symbols& right, std::size_t right_end,
                std::int64_t tolerance)
      : left_(left),
        right_(right),
        from_(left_from),
        rows_(left.size() - left_from),
        columns_(right_end),
        tolerance_(tolerance),
        worth_(static_cast<std::int64_t>(std::min(rows_, columns_) + 1) * (tolerance + 1)),
        best_((rows_ + 1) * (columns_ + 1), 0) {
    for (std::size_t i = rows_; i-- > 0;) {
      for (std::size_t j = columns_; j-- > 0;) {
        best_[i * (columns_ + 1) + j] =
            std::max({at(i + 1, j), at(i, j + 1), same(i, j) ? at(i + 1, j + 1) + value(i, j) : 0});
      }
    }
  }

  [[nodiscard]] std::vector<Pair> pairs() const {
    std::vector<Pair> out;
    for (std::size_t i = 0, j = 0; i < rows_ && j < columns_;) {
      if (same(i, j) && at(i, j) == at(i + 1, j + 1) + value(i, j)) {
        out.emplace_back(from_ + i++, j++);
      } else if (at(i + 1, j) >= at(i, j + 1)) {
        ++i;
      } else {
        ++j;
      }
    }
    return out;
  }

 private:
  [[nodiscard]] std::int64_t at(std::size_t i, std::size_t j) const { return best_[i * (columns_ + 1) + j]; }
  [[nodiscard]] std::int64_t apart(std::size_t i, std::size_t j) const {
    return std::abs(middle(left_[from_ + i]) - middle(right_[j]));
  }
  [[nodiscard]] bool same(std::size_t i, std::size_t j) const {
    return left_[from_ + i].label == right_[j].label && apart(i, j) <= tolerance_;
  }
  [[nodiscard]] std::int64_t value(std::size_t i, std::size_t j) const { return worth_ - apart(i, j); }

  const Symbols& left_;
  const Symbols& right_;
  std::size_t from_, rows_, columns_;
  std::int64_t tolerance_, worth_;
  std::vector<std::int64_t> best_;
};

// How many matches without a gap on either side surround match `at`, itself included, looking at most four far.
std::int64_t run_around(const std::vector<Pair>& pairs, std::size_t at) {
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

// A place where the windows may be joined; the largest is the best.
struct Candidate {
  bool trusted = false;         ///< away from both windows' edges
  std::int64_t strength = 0;    ///< 1..9
  std::int64_t off_centre = 0;  ///< minus the distance to the middle of the overlap
  Join join;

  [[nodiscard]] bool better_than(const Candidate& other) const {
    return std::tie(trusted, strength, off_centre) > std::tie(other.trusted, other.strength, other.off_centre);
  }
};

// The overlap, frames [from, to), and what both windows read.
struct Overlap {
  const Symbols& left;
  const Symbols& right;
  std::int64_t from, to, tolerance;

  [[nodiscard]] Join before(std::int64_t frame) const {
    const auto earlier = [frame](const Symbol& s) { return middle(s) < frame; };
    return {static_cast<std::size_t>(std::ranges::partition_point(left, earlier) - left.begin()),
            static_cast<std::size_t>(std::ranges::partition_point(right, earlier) - right.begin())};
  }
  [[nodiscard]] Candidate at(std::int64_t frame, std::int64_t strength, Join join) const {
    // A window hears half a word at its own edges; a quarter of the overlap is left to that.
    const std::int64_t edge = (to - from) / 4;
    return {frame >= from + edge && frame < to - edge, strength, -std::abs(frame - (from + to) / 2), join};
  }
};

// Through a pair: as strong as the run of pairs around it is long.
void try_pairs(const Overlap& overlap, Candidate& best) {
  const auto left_from =
      std::ranges::partition_point(overlap.left,
                                   [&](const Symbol& s) { return s.last_frame < overlap.from - overlap.tolerance; }) -
      overlap.left.begin();
  const auto right_end =
      std::ranges::partition_point(overlap.right,
                                   [&](const Symbol& s) { return s.first_frame < overlap.to + overlap.tolerance; }) -
      overlap.right.begin();
  const std::vector<Pair> pairs = EndsAlignment(overlap.left, static_cast<std::size_t>(left_from), overlap.right,
                                                static_cast<std::size_t>(right_end), overlap.tolerance)
                                      .pairs();
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    const Candidate one = overlap.at(middle(overlap.left[pairs[i].first]), run_around(pairs, i),
                                     {pairs[i].first + 1, pairs[i].second + 1});
    if (one.better_than(best)) best = one;
  }
}

// Through a pause: as strong as it is wide. Within half the tolerance of a symbol the windows might each put it on the
// other side of the join, so there is no joining there.
void try_pauses(const Overlap& overlap, Candidate& best) {
  for (std::int64_t frame = overlap.from; frame < overlap.to; ++frame) {
    std::int64_t clearance = overlap.to - overlap.from;
    for (const Symbols* side : {&overlap.left, &overlap.right}) {
      for (const Symbol& s : *side) clearance = std::min(clearance, std::abs(middle(s) - frame));
    }
    if (2 * clearance <= overlap.tolerance) continue;
    const std::int64_t strength = std::min<std::int64_t>(9, 1 + 4 * clearance / (overlap.tolerance + 1));
    const Candidate one = overlap.at(frame, strength, overlap.before(frame));
    if (one.better_than(best)) best = one;
  }
}

// Speech without a pause of which the windows read nothing alike: half the overlap each.
Candidate middle_of(const Overlap& overlap) {
  return {false, 0, -(overlap.to - overlap.from), overlap.before((overlap.from + overlap.to) / 2)};
}

Join choose_join(const Overlap& overlap) {
  Candidate best = middle_of(overlap);
  try_pairs(overlap, best);
  try_pauses(overlap, best);
  return best.join;
}

// The windows may place a matched symbol some frames apart; no symbol may begin before the one before it has ended.
void put_in_order(Symbols& symbols, std::int64_t end) {
  for (Symbol& s : symbols) {
    if (s.first_frame >= end) return;
    s.first_frame = end;
    s.last_frame = std::max(s.last_frame, end);
    end = s.last_frame + 1;
  }
}

}  // namespace

Symbols Stitcher::push(Symbols window, std::int64_t window_first, std::int64_t previous_end) {
  if (previous_end <= window_first) return std::exchange(held_, std::move(window));  // no overlap
  const Join join = choose_join({held_, window, window_first, previous_end, options_.tolerance});
  held_.resize(join.keep_left);
  window.erase(window.begin(), window.begin() + static_cast<std::ptrdiff_t>(join.drop_right));
  if (!held_.empty()) put_in_order(window, held_.back().last_frame + 1);
  return std::exchange(held_, std::move(window));
}

Symbols Stitcher::finish() { return std::exchange(held_, {}); }

}  // namespace seben::pipeline
