// SPDX-License-Identifier: Apache-2.0
#include <string>

#include "audio/decoder.h"
#include "audio/ffmpeg_process.h"
#include "seben/error.h"
#include "seben/ffmpeg.h"

namespace seben {

void configure_ffmpeg(int log_level, std::size_t most_bytes) {
  constexpr int kQuietest = -8, kLoudest = 56;
  constexpr std::size_t kLeastBytes = 65536;  // below it FFmpeg cannot open anything
  if (log_level < kQuietest || log_level > kLoudest) {
    throw Error(ErrorCategory::usage, "FFmpeg's log level", "-8..56", std::to_string(log_level));
  }
  if (most_bytes != 0 && most_bytes < kLeastBytes) {
    throw Error(ErrorCategory::usage, "FFmpeg's largest allocation", "0, or 65536 bytes or more",
                std::to_string(most_bytes));
  }
  audio::set_ffmpeg_for_this_process(log_level, most_bytes);
}

namespace audio {

void configure_ffmpeg_for_this_process() noexcept {
  constexpr int kNothing = -8;
  set_ffmpeg_for_this_process(kNothing, std::size_t{256} << 20);
}

}  // namespace audio
}  // namespace seben
