// SPDX-License-Identifier: Apache-2.0
#include "cli/progress_line.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdint>

#include "base/interrupt.h"
#include "base/printable.h"
#include "cli/output.h"

namespace seben::cli {

StatusLine::StatusLine() : enabled_(isatty(STDERR_FILENO) != 0), start_(std::chrono::steady_clock::now()) {}

bool StatusLine::due() const {
  return enabled_ && (!shown_ || std::chrono::steady_clock::now() - last_ >= std::chrono::milliseconds(100));
}

void StatusLine::show(const std::string& text) {
  write_progress("\r\x1b[K" + text);
  shown_ = true;
  last_ = std::chrono::steady_clock::now();
}

void StatusLine::clear() {
  if (shown_) write_progress("\r\x1b[K");
  shown_ = false;
}

double StatusLine::elapsed() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
}

ProgressLine::ProgressLine(const std::string& label) : label_(base::printable(label)) {}

void ProgressLine::update(double done, double total) {
  base::throw_if_interrupted();
  if (!line_.due()) return;
  if (total > 0.0) {
    const auto left = static_cast<std::int64_t>((done > 0.0 ? line_.elapsed() * (total - done) / done : 0.0) + 0.5);
    line_.show(fmt::format("{} {:3.0f} %, {}:{:02} left", label_, 100.0 * done / total, left / 60, left % 60));
  } else {
    line_.show(fmt::format("{} {:.0f} s done", label_, done));
  }
}

}  // namespace seben::cli
