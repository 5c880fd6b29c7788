// SPDX-License-Identifier: Apache-2.0
// From sound of any length to the log-probabilities of its overlapping windows.
#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "audio/decoder.h"
#include "audio/windows.h"
#include "engine/recogniser.h"

namespace seben::pipeline {

inline constexpr double kWindowSeconds = static_cast<double>(audio::kWindowSamples) / audio::kSampleRate;

struct EncodedWindow {
  ctc::LogProbsView log_probs;     ///< all frames of the window, in its memory until the next one
  std::int64_t first_frame = 0;    ///< of the recording
  std::span<const float> samples;  ///< without padding
  double start_seconds = 0.0, end_seconds = 0.0;
};

struct Sound {
  const audio::WindowReader::Source& source;
  std::size_t overlap = 0;  ///< samples that neighbouring windows share, a whole number of output frames
};

/// Calls `window` for each window in order.
void listen(const Recogniser& recogniser, WindowMemory& memory, const Sound& sound, Timings& timings,
            const std::function<void(const EncodedWindow&)>& window);

/// Samples for `seconds` of overlap in whole output frames, so that frame numbers of neighbouring windows mean the same
/// moments. Error(usage) outside 1..15 s, Error(bad_data) when the head's frames of a window do not divide it.
[[nodiscard]] std::size_t overlap_samples(std::int64_t output_frames, double seconds);

}  // namespace seben::pipeline
