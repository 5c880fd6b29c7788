// SPDX-License-Identifier: Apache-2.0
#include "cli/progress_line.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <utility>

#include "base/interrupt.h"
#include "cli/printable.h"

namespace seben::cli {

ProgressLine::ProgressLine(std::string label)
    : label_(printable(std::move(label))),
      enabled_(isatty(STDERR_FILENO) != 0),
      start_(std::chrono::steady_clock::now()) {}

ProgressLine::~ProgressLine() { clear(); }

void ProgressLine::update(double done, double total) {
  base::throw_if_interrupted();
  const auto now = std::chrono::steady_clock::now();
  if (!enabled_ || (shown_ && now - last_ < std::chrono::milliseconds(100))) return;
  if (total > 0.0) {
    const double elapsed = std::chrono::duration<double>(now - start_).count();
    const auto left = static_cast<std::int64_t>((done > 0.0 ? elapsed * (total - done) / done : 0.0) + 0.5);
    fmt::print(stderr, "\r\x1b[K{} {:3.0f} %, {}:{:02} left", label_, 100.0 * done / total, left / 60, left % 60);
  } else {
    fmt::print(stderr, "\r\x1b[K{} {:.0f} s done", label_, done);
  }
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
