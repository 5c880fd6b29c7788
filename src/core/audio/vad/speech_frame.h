// SPDX-License-Identifier: Apache-2.0
// One frame of sound to the ears of the speech detectors that need no weights: how loud it is where voices are, and
// whether its spectrum has peaks there. What follows of many frames is decided in speech_detector.h and
// speech_tracker.h.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "audio/vad/speech_detector.h"

namespace seben::generate {

inline constexpr std::int64_t kSpeechFrame = 320;  ///< samples: 20 ms

struct SpeechFrame {
  float level = 0.0F;     ///< dB of full scale, between 100 and 4000 Hz
  float flatness = 1.0F;  ///< geometric to arithmetic mean of the powers there
};

/// Measures frames; holds the tables for it. Not for two threads at once.
class SpeechMeter {
 public:
  SpeechMeter();
  SpeechMeter(SpeechMeter&&) noexcept;
  SpeechMeter& operator=(SpeechMeter&&) noexcept;
  ~SpeechMeter();

  /// `samples`: kSpeechFrame finite ones.
  [[nodiscard]] SpeechFrame measure(std::span<const float> samples);

 private:
  class Transform;
  std::unique_ptr<Transform> transform_;
};

/// What is taken for the loudness of the background, from the level that a tenth of the frames does not reach.
[[nodiscard]] double speech_floor(double quietest_tenth, const SpeechOptions& options) noexcept;
/// Whether speech begins with this frame, or goes on in it where it is `on` already.
[[nodiscard]] bool is_speech(const SpeechFrame& frame, double floor, bool on, const SpeechOptions& options) noexcept;

}  // namespace seben::generate
