// SPDX-License-Identifier: Apache-2.0
// Joins what was chosen in overlapping windows, word by word: letters of two words must not meet in one.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/word_choice.h"

namespace seben::pipeline {

/// In the overlap of two windows each has chosen from the same sound, and near its own end from half a word. A word is
/// taken from the window in whose half of the overlap it lies; one that lies across the middle from the earlier window.
class WordJoiner {
 public:
  /// Frames of the whole recording; the window's first one, and the end (exclusive) of the window before. Returns the
  /// words that are now final.
  [[nodiscard]] std::vector<ChosenWord> push(std::vector<ChosenWord> window, std::int64_t window_first,
                                             std::int64_t previous_end);
  /// What is left after the last window.
  [[nodiscard]] std::vector<ChosenWord> finish();

 private:
  std::vector<ChosenWord> held_;
};

}  // namespace seben::pipeline
