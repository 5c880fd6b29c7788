// SPDX-License-Identifier: Apache-2.0
// Recordings that cannot be read front to back, arriving through a pipe.
#pragma once

#include <memory>

#include "audio/byte_source.h"

namespace seben::audio {

/// MP4, M4A, 3GP and QuickTime files from phones have their index at the end. Such bytes from a source that cannot be
/// seeked are first copied to an unnamed temporary file (in TMPDIR, else /tmp; gone with the process, however it
/// ends); every other source comes back as it was and keeps streaming. Throws Error(io) when the disk is full.
[[nodiscard]] std::unique_ptr<ByteSource> spool_if_needed(std::unique_ptr<ByteSource> source);

/// The same for whatever cannot be seeked.
[[nodiscard]] std::unique_ptr<ByteSource> spool(std::unique_ptr<ByteSource> source);

}  // namespace seben::audio
