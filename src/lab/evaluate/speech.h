// SPDX-License-Identifier: Apache-2.0
// Speech out of recordings of any length, in pieces that a window holds: what arithmetics are compared on without
// texts.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace seben::pipeline {

/// Up to 30 s of a recording, with speech in it.
struct Clip {
  std::string name;            ///< the recording's
  std::vector<float> samples;  ///< 16 kHz
  double speech = 0.0;         ///< seconds of them where somebody seems to speak, without longer pauses
};

struct Speech {
  std::vector<Clip> clips;
  std::size_t recordings = 0;  ///< that were listened to
  double seconds = 0.0;        ///< of speech
  bool is_all = true;          ///< false: it was enough, and the rest was not listened to
};

/// More than this says nothing new of an arithmetic, and every further second costs time and memory.
inline constexpr double kMostSpeechSeconds = 180.0;
inline constexpr std::size_t kMostRecordings = 200;

/// Recordings, and those that lie in folders (by the ends of their names; not in folders within), in order. Each once,
/// whatever name it goes by. Error(no_input) for a folder without one, Error(usage) for more than kMostRecordings.
[[nodiscard]] std::vector<std::string> find_recordings(const std::vector<std::string>& places);

/// Takes a piece of each recording in turn until all have ended or there is enough speech. Longer ones are cut at their
/// quietest place between the 20th and the 30th second; pieces without speech are left out. Speech is told by loudness
/// and spectrum (audio/vad/speech_detector.h), and by coming and going, as steady noise does not. Errors of
/// AudioDecoder, all recordings being opened before the first is listened to.
[[nodiscard]] Speech gather_speech(const std::vector<std::string>& recordings, double enough = kMostSpeechSeconds);

/// Seconds of `samples` where somebody seems to speak.
[[nodiscard]] double speech_seconds(const std::vector<float>& samples);

/// Error(incomplete) when that is not enough for an agreement to rest on (bundle::kLeastAgreementBasis).
void require_enough(const Speech& speech);

}  // namespace seben::pipeline
