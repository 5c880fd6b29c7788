// SPDX-License-Identifier: Apache-2.0
// How far a run over many recordings is: on a terminal one line with rate and time left, at the end a line for
// everyone.
#pragma once

#include <cstddef>

#include "cli/progress_line.h"

namespace seben::cli {

class ManyProgress {
 public:
  /// `skipped` of them are done already.
  ManyProgress(std::size_t all, std::size_t skipped);

  void written(double audio_seconds);
  void failed() { ++failed_; }
  /// Shows the line, at most ten times a second.
  void show();
  /// Before anything else is said.
  void clear() { line_.clear(); }
  void say_total();

 private:
  std::size_t all_, skipped_, written_ = 0, failed_ = 0;
  double audio_seconds_ = 0.0;
  StatusLine line_;
};

}  // namespace seben::cli
