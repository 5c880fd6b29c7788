// SPDX-License-Identifier: Apache-2.0
#include "cli/many_progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include "cli/output.h"

namespace seben::cli {

ManyProgress::ManyProgress(std::size_t all, std::size_t skipped)
    : all_(all), skipped_(skipped), enabled_(isatty(STDERR_FILENO) != 0), start_(std::chrono::steady_clock::now()) {}

void ManyProgress::written(double audio_seconds) {
  ++written_;
  audio_seconds_ += audio_seconds;
}

double ManyProgress::elapsed() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
}

void ManyProgress::show() {
  const auto now = std::chrono::steady_clock::now();
  if (!enabled_ || (shown_ && now - last_ < std::chrono::milliseconds(100))) return;
  const std::size_t ended = written_ + failed_;
  std::string line = fmt::format("\r\x1b[K{} of {} recordings", skipped_ + ended, all_);
  if (failed_ > 0) line += fmt::format(", {} failed", failed_);
  if (ended > 0) {
    const double seconds = elapsed();
    const double each = seconds / static_cast<double>(ended);
    const auto left = static_cast<std::int64_t>(each * static_cast<double>(all_ - skipped_ - ended) + 0.5);
    line += fmt::format(", {:.1f} times as fast as speech, {}:{:02}:{:02} left",
                        audio_seconds_ / (seconds > 0.0 ? seconds : 1.0), left / 3600, left / 60 % 60, left % 60);
  }
  write_progress(line);
  shown_ = true;
  last_ = now;
}

void ManyProgress::clear() {
  if (shown_) write_progress("\r\x1b[K");
  shown_ = false;
}

void ManyProgress::say_total() {
  clear();
  print_err("seben: {} recordings: {} written, {} skipped, {} failed; {:.0f} s of sound in {:.1f} s", all_, written_,
            skipped_, failed_, audio_seconds_, elapsed());
}

}  // namespace seben::cli
