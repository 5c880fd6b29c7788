// SPDX-License-Identifier: Apache-2.0
#include "cli/progress_line.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <utility>

#include "base/interrupt.h"

namespace seben::cli {

ProgressLine::ProgressLine(std::string label)
    : label_(std::move(label)), enabled_(isatty(STDERR_FILENO) != 0), start_(std::chrono::steady_clock::now()) {}

ProgressLine::~ProgressLine() { clear(); }

void ProgressLine::update(double done, double total) {
  base::throw_if_interrupted();
  const auto now = std::chrono::steady_clock::now();
  if (!enabled_ || total <= 0.0 || (shown_ && now - last_ < std::chrono::milliseconds(100))) return;
  const double elapsed = std::chrono::duration<double>(now - start_).count();
  const double left = done > 0.0 ? elapsed * (total - done) / done : 0.0;
  const auto seconds = static_cast<int>(left + 0.5);
  fmt::print(stderr, "\r\x1b[K{} {:3.0f} %, {}:{:02} left", label_, 100.0 * done / total, seconds / 60, seconds % 60);
  std::fflush(stderr);
  shown_ = true;
  last_ = now;
}

void ProgressLine::clear() {
  if (shown_) {
    fmt::print(stderr, "\r\x1b[K");
    std::fflush(stderr);
  }
  shown_ = false;
}

}  // namespace seben::cli
