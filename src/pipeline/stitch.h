// SPDX-License-Identifier: Apache-2.0
// Joins the readings of overlapping windows into one, without lost or doubled symbols.
//
// In the overlap both windows have read the same audio, up to a little jitter in time and errors near the windows' own
// edges. The two readings are matched symbol by symbol (longest common subsequence among symbols that are near in
// time), and the join goes through the matched pair that is surest: inside the longest run of matches, nearest to the
// middle of the overlap. Without any match (a pause) the join is the moment farthest from every symbol of both.
#pragma once

#include <cstdint>
#include <vector>

#include "ctc/greedy.h"

namespace seben::pipeline {

struct StitchOptions {
  std::int64_t tolerance = 8;  ///< frames by which the same symbol may differ in time between two windows
};

/// Symbols carry frame numbers of the whole recording.
class Stitcher {
 public:
  explicit Stitcher(StitchOptions options = {}) : options_(options) {}

  /// The next window's symbols; its first frame, and the end (exclusive) of the window before. Returns the symbols that
  /// are now final.
  [[nodiscard]] std::vector<ctc::Symbol> push(std::vector<ctc::Symbol> window, std::int64_t window_first,
                                              std::int64_t previous_end);
  /// What is left after the last window.
  [[nodiscard]] std::vector<ctc::Symbol> finish();

 private:
  StitchOptions options_;
  std::vector<ctc::Symbol> held_;
};

}  // namespace seben::pipeline
