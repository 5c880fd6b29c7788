// SPDX-License-Identifier: Apache-2.0
// What FFmpeg has one of for the whole process.
#pragma once

#include <cstddef>

namespace seben::audio {

/// Its log level and its largest single allocation; 0 bytes leave that as it is. Without FFmpeg nothing happens.
void set_ffmpeg_for_this_process(int log_level, std::size_t most_bytes) noexcept;

}  // namespace seben::audio
