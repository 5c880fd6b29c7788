// SPDX-License-Identifier: Apache-2.0
// When a frame is to be heard: sound that begins after the picture, and gaps between packets, become silence, so that
// every time that is written later is one of the recording's own.
#pragma once

#include <cstdint>

#include "audio/ffmpeg.h"

namespace seben::audio {

/// Follows the times of containers that keep them for each packet; those of the others are counted from their bytes.
class Timeline {
 public:
  Timeline(const AVFormatContext& format, const AVStream& stream);

  struct Step {
    std::int64_t silence = 0;  ///< samples at 16 kHz that come before the frame
    double jump = 0.0;         ///< seconds by which its time jumped ahead, too far to be followed; else 0
  };
  /// The frames in the order in which they are heard.
  [[nodiscard]] Step place(const AVFrame& frame);

  /// A time stamp of the stream in seconds from the recording's beginning, never below 0.
  [[nodiscard]] double seconds(std::int64_t stamp) const;

 private:
  double time_base_ = 0.0;
  double origin_ = 0.0;    // of the recording, seconds
  double longest_ = 0.0;   // gap that is filled, seconds; 0: none is
  double left_ = 0.0;      // that may be filled altogether
  double expected_ = 0.0;  // where the next frame begins if there is no gap
  double shift_ = 0.0;     // of its times, since jumps that were not followed
};

}  // namespace seben::audio
