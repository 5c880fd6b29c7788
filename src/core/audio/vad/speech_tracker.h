// SPDX-License-Identifier: Apache-2.0
// Where somebody begins and ceases to speak, told while the sound comes in: the detectors of a whole recording
// (speech_detector.h, silero_ranges.h) for a recording that has no end yet.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "audio/vad/silero.h"

namespace seben::generate {

struct SpeechEdge {
  bool begins = false;  ///< or speech ends
  std::int64_t at = 0;  ///< sample; it is told when it has become certain, which is later
  [[nodiscard]] bool operator==(const SpeechEdge&) const = default;
};

/// Sound at 16 kHz, in pieces of any size and in bounded memory; beginnings and ends come in turns. What is told
/// depends on the sound alone, not on the pieces.
class SpeechTracker {
 public:
  SpeechTracker() = default;
  SpeechTracker(const SpeechTracker&) = delete;
  SpeechTracker& operator=(const SpeechTracker&) = delete;
  virtual ~SpeechTracker() = default;

  /// Appends the edges that have become certain. The samples are finite.
  virtual void push(std::span<const float> samples, std::vector<SpeechEdge>& edges) = 0;
  [[nodiscard]] virtual bool speaking() const noexcept = 0;
};

/// By loudness and spectrum. The floor is the running one of the last half minute.
[[nodiscard]] std::unique_ptr<SpeechTracker> track_by_energy(double silence_seconds);
/// By Silero's network. Errors of SileroStream.
[[nodiscard]] std::unique_ptr<SpeechTracker> track_by_silero(std::shared_ptr<const Silero> model,
                                                             double silence_seconds);

}  // namespace seben::generate
