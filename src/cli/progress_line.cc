// SPDX-License-Identifier: Apache-2.0
#include "cli/progress_line.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdint>

#include "base/interrupt.h"
#include "base/printable.h"
#include "cli/output.h"

namespace seben::cli {

ProgressLine::ProgressLine(const std::string& label)
    : label_(base::printable(label)), enabled_(isatty(STDERR_FILENO) != 0), start_(std::chrono::steady_clock::now()) {}

ProgressLine::~ProgressLine() { clear(); }

void ProgressLine::update(double done, double total) {
  base::throw_if_interrupted();
  const auto now = std::chrono::steady_clock::now();
  if (!enabled_ || (shown_ && now - last_ < std::chrono::milliseconds(100))) return;
  if (total > 0.0) {
    const double elapsed = std::chrono::duration<double>(now - start_).count();
    const auto left = static_cast<std::int64_t>((done > 0.0 ? elapsed * (total - done) / done : 0.0) + 0.5);
    write_progress(
        fmt::format("\r\x1b[K{} {:3.0f} %, {}:{:02} left", label_, 100.0 * done / total, left / 60, left % 60));
  } else {
    write_progress(fmt::format("\r\x1b[K{} {:.0f} s done", label_, done));
  }
  shown_ = true;
  last_ = now;
}

void ProgressLine::clear() {
  if (shown_) write_progress("\r\x1b[K");
  shown_ = false;
}

}  // namespace seben::cli
