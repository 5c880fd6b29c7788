// SPDX-License-Identifier: Apache-2.0
// Samples that are no finite numbers, which float formats and damaged packets can hold.
#pragma once

#include <cstddef>

#include "audio/ffmpeg.h"

namespace seben::audio {

/// Turns them into silence and says how many there were; throws std::bad_alloc.
std::size_t silence_odd_samples(AVFrame& frame);

}  // namespace seben::audio
