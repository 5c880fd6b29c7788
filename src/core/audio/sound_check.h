// SPDX-License-Identifier: Apache-2.0
// What of a recording's sound is lost on its way to one channel in [-1, 1): channels in opposite phase, which cancel
// each other, and samples far outside of that range, which are clipped.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "audio/clipping.h"
#include "audio/ffmpeg.h"

namespace seben::audio {

class SoundCheck {
 public:
  /// A decoded frame, whose samples are finite.
  void add(const AVFrame& frame);

  /// In words what was found up to now; nothing: all is well.
  [[nodiscard]] std::optional<std::string> cancelled() const;
  [[nodiscard]] std::optional<std::string> clipped() const;

 private:
  template <typename Sample>
  void measure(const AVFrame& frame, int channels, bool planar);
  void end_second();

  int rate_ = 0;
  long in_second_ = 0;  // samples of each channel
  double channels_ = 0.0, mix_ = 0.0;
  std::size_t sounding_ = 0, silenced_ = 0;  // seconds
  Clipping clipping_;
};

}  // namespace seben::audio
