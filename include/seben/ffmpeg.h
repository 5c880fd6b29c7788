// SPDX-License-Identifier: Apache-2.0
// FFmpeg's log and its allocations belong to the whole process: a program's to set, never the library's.
#pragma once

#include <cstddef>

#include "seben/export.h"

namespace seben {

/// Once, before the first recording, by a program that has no FFmpeg of its own. `log_level` is FFmpeg's: -8 nothing
/// (what is wrong comes back as warnings and errors), 16 errors, 24 warnings, 32 its default, 56 everything.
/// `most_bytes` is the largest single allocation, against hostile headers, 65536 or more; 256 MiB suit every recording;
/// 0 leaves it as it is. Error(usage) outside of these. Does nothing in a library without FFmpeg (SEBEN_AUDIO=none).
SEBEN_API void configure_ffmpeg(int log_level, std::size_t most_bytes);

}  // namespace seben
