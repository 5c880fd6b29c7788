// SPDX-License-Identifier: Apache-2.0
// When an output frame of the head is. A window is filled up with silence, into which its last frame of sound reaches.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

namespace seben::pipeline {

struct FrameTimes {
  double frames_per_second = 1.0;
  double sound_end = std::numeric_limits<double>::infinity();  ///< seconds; no time lies behind it

  struct Span {
    double start, end;
  };
  /// Of `first` up to `behind`, which is excluded. What lies behind the sound is said in its last frame.
  [[nodiscard]] Span of(std::int64_t first, std::int64_t behind) const noexcept {
    const Span span{static_cast<double>(first) / frames_per_second, static_cast<double>(behind) / frames_per_second};
    if (span.end <= sound_end) return span;
    const double last = std::max(0.0, std::ceil(sound_end * frames_per_second) - 1.0) / frames_per_second;
    return {std::min(span.start, last), sound_end};
  }
};

}  // namespace seben::pipeline
