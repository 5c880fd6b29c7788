// SPDX-License-Identifier: Apache-2.0
// How far a run over many recordings is: on a terminal one line with rate and time left, at the end a line for
// everyone.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace seben::cli {

class ManyProgress {
 public:
  /// `skipped` of them are done already.
  ManyProgress(std::size_t all, std::size_t skipped);
  ManyProgress(const ManyProgress&) = delete;
  ManyProgress& operator=(const ManyProgress&) = delete;
  ~ManyProgress() { clear(); }

  void written(double audio_seconds);
  void failed() { ++failed_; }
  /// Shows the line, at most ten times a second.
  void show();
  /// Before anything else is said.
  void clear();
  void say_total();

 private:
  [[nodiscard]] double elapsed() const;

  std::size_t all_, skipped_, written_ = 0, failed_ = 0;
  double audio_seconds_ = 0.0;
  bool enabled_, shown_ = false;
  std::chrono::steady_clock::time_point start_, last_;
};

}  // namespace seben::cli
