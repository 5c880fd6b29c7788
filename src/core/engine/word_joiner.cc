// SPDX-License-Identifier: Apache-2.0
#include "engine/word_joiner.h"

#include <algorithm>
#include <utility>

namespace seben::pipeline {

std::vector<ChosenWord> WordJoiner::push(std::vector<ChosenWord> window, std::int64_t window_first,
                                         std::int64_t previous_end) {
  const std::int64_t middle = (window_first + std::max(window_first, previous_end)) / 2;
  std::vector<ChosenWord> done = std::exchange(held_, {});
  // What begins behind the middle is the later window's to say, unless that would be lost between the two.
  std::erase_if(done, [&](const ChosenWord& w) { return w.first_frame >= middle; });
  const std::int64_t taken = done.empty() ? window_first : std::max(window_first, done.back().last_frame + 1);
  for (ChosenWord& w : window) {
    const bool behind = (w.first_frame + w.last_frame) / 2 >= taken && w.last_frame >= middle;
    if (behind) held_.push_back(std::move(w));
  }
  return done;
}

std::vector<ChosenWord> WordJoiner::finish() { return std::exchange(held_, {}); }

}  // namespace seben::pipeline
