// SPDX-License-Identifier: Apache-2.0
// Joins the readings of overlapping windows into one, without lost or doubled symbols.
//
// In the overlap both windows have read the same audio, up to a little jitter in time and errors near the windows' own
// edges, where a window hears half a word. The two readings are aligned symbol by symbol: the alignment of equal
// symbols near in time that has most pairs, and among those the one whose pairs agree best in time. The join goes
// through a pair or through a pause: not within a quarter of the overlap of its ends if that can be helped, where the
// run of pairs is longest or the pause widest, and nearest to the middle. Up to the join the earlier window is
// believed, after it the later one. docs/decoding.md says more.
#pragma once

#include <cstdint>
#include <vector>

#include "decode/ctc/greedy.h"

namespace seben::pipeline {

struct StitchOptions {
  std::int64_t tolerance = 8;  ///< frames by which the same symbol may differ in time between two windows
};

/// Symbols carry frame numbers of the whole recording. What it returns is in order and does not overlap in time.
class Stitcher {
 public:
  explicit Stitcher(StitchOptions options = {}) : options_(options) {}

  /// The next window's symbols; its first frame, and the end (exclusive) of the window before. Returns the symbols that
  /// are now final. Memory and time: the symbols of the overlap squared.
  [[nodiscard]] std::vector<ctc::Symbol> push(std::vector<ctc::Symbol> window, std::int64_t window_first,
                                              std::int64_t previous_end);
  /// What is left after the last window.
  [[nodiscard]] std::vector<ctc::Symbol> finish();

 private:
  StitchOptions options_;
  std::vector<ctc::Symbol> held_;
};

}  // namespace seben::pipeline
