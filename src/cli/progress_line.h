// SPDX-License-Identifier: Apache-2.0
// One line on standard error that shows how far long work is; nothing at all when that is not a terminal.
#pragma once

#include <chrono>
#include <string>

namespace seben::cli {

/// The line itself: shown on a terminal, at most ten times a second, and gone before anything else is said.
class StatusLine {
 public:
  StatusLine();
  StatusLine(const StatusLine&) = delete;
  StatusLine& operator=(const StatusLine&) = delete;
  ~StatusLine() { clear(); }

  /// Whether it is time for show().
  [[nodiscard]] bool due() const;
  void show(const std::string& text);
  void clear();
  /// Seconds since it was made.
  [[nodiscard]] double elapsed() const;

 private:
  bool enabled_;
  bool shown_ = false;
  std::chrono::steady_clock::time_point start_, last_;
};

class ProgressLine {
 public:
  explicit ProgressLine(const std::string& label);
  /// `total` 0: unknown. Also the point at which Ctrl-C stops the work (base::Interrupted).
  void update(double done, double total);
  void clear() { line_.clear(); }

 private:
  std::string label_;
  StatusLine line_;
};

}  // namespace seben::cli
