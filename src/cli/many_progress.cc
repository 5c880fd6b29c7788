// SPDX-License-Identifier: Apache-2.0
#include "cli/many_progress.h"

#include <fmt/format.h>

#include <cstdint>

#include "cli/output.h"

namespace seben::cli {

ManyProgress::ManyProgress(std::size_t all, std::size_t skipped) : all_(all), skipped_(skipped) {}

void ManyProgress::written(double audio_seconds) {
  ++written_;
  audio_seconds_ += audio_seconds;
}

void ManyProgress::show() {
  if (!line_.due()) return;
  const std::size_t ended = written_ + failed_;
  std::string line = fmt::format("{} of {} recordings", skipped_ + ended, all_);
  if (failed_ > 0) line += fmt::format(", {} failed", failed_);
  if (ended > 0) {
    const double seconds = line_.elapsed();
    const double each = seconds / static_cast<double>(ended);
    const auto left = static_cast<std::int64_t>(each * static_cast<double>(all_ - skipped_ - ended) + 0.5);
    line += fmt::format(", {:.1f} times as fast as speech, {}:{:02}:{:02} left",
                        audio_seconds_ / (seconds > 0.0 ? seconds : 1.0), left / 3600, left / 60 % 60, left % 60);
  }
  line_.show(line);
}

void ManyProgress::say_total() {
  clear();
  print_err("seben: {} recordings: {} written, {} skipped, {} failed; {:.0f} s of sound in {:.1f} s", all_, written_,
            skipped_, failed_, audio_seconds_, line_.elapsed());
}

}  // namespace seben::cli
