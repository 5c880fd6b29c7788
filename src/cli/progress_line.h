// SPDX-License-Identifier: Apache-2.0
// One line on standard error that shows how far long work is; nothing at all when that is not a terminal.
#pragma once

#include <chrono>
#include <string>

namespace seben::cli {

class ProgressLine {
 public:
  explicit ProgressLine(const std::string& label);
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;
  ~ProgressLine();

  /// `total` 0: unknown. Also the point at which Ctrl-C stops the work (base::Interrupted).
  void update(double done, double total);
  void clear();

 private:
  std::string label_;
  bool enabled_;
  bool shown_ = false;
  std::chrono::steady_clock::time_point start_, last_;
};

}  // namespace seben::cli
