// SPDX-License-Identifier: Apache-2.0
// From probabilities of speech to the ranges of speech, as silero-vad's get_speech_timestamps draws them: speech begins
// at one threshold and ends below a lower one, short pauses and short sounds do not count, long speech is cut at its
// longest pause. Source: silero-vad 6, utils_vad.py.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "audio/vad/silero.h"
#include "audio/vad/speech_detector.h"

namespace seben::generate {

struct SileroOptions {
  double threshold = 0.5;      ///< probability at which speech begins
  std::optional<double> stay;  ///< below which it ends; nothing: 0.15 less than the threshold, at least 0.01
  double min_speech = 0.25;    ///< seconds; what is not longer is dropped
  double min_silence = 0.10;   ///< seconds; what is shorter is a pause within speech
  double margin = 0.03;        ///< seconds that are added on both sides, or half of the pause between two
  double max_speech = std::numeric_limits<double>::infinity();  ///< seconds; what is longer is cut
  SileroPadding padding = SileroPadding::context;
};

/// The ranges of one recording, probability by probability, in memory that does not grow but by the ranges.
class SpeechRanges {
 public:
  /// Error(usage) for options that are not numbers, negative, or thresholds outside 0..1 or in the wrong order.
  explicit SpeechRanges(const SileroOptions& options = {});

  /// Of the next window of 512 samples.
  void add(float probability);
  /// While the sound comes in: where the speech that goes on began, if some does.
  [[nodiscard]] std::optional<std::int64_t> started() const noexcept { return start_; }
  /// The ranges that have ended since the last call, without margins; `finish` does not have them then.
  [[nodiscard]] std::vector<SpeechRange> take_ended() { return std::exchange(found_, {}); }
  /// The ranges of a recording of `samples` samples: in order, apart from each other or touching.
  [[nodiscard]] std::vector<SpeechRange> finish(std::int64_t samples);

 private:
  void cut(std::int64_t at);
  void close(std::int64_t end, bool whatever_length);

  double threshold_, stay_;
  double min_speech_, min_silence_, margin_, max_speech_;  // samples
  std::int64_t at_ = 0;                                    // where the next window begins
  std::optional<std::int64_t> start_;                      // of the speech that goes on
  std::optional<std::int64_t> pause_;                      // where it may have ended
  SpeechRange longest_pause_;                              // of this speech, of those that it may be cut at
  std::vector<SpeechRange> found_;                         // without margins
};

/// find_speech (speech_detector.h) with Silero's weights: the parts of a recording at 16 kHz with speech. Errors of
/// SileroStream and SpeechRanges.
[[nodiscard]] std::vector<SpeechRange> find_speech(const Silero& model, std::span<const float> samples,
                                                   const SileroOptions& options = {});

/// The same while the sound comes in.
class SpeechFinder {
 public:
  explicit SpeechFinder(const Silero& model, const SileroOptions& options = {});

  void push(std::span<const float> samples);
  [[nodiscard]] std::vector<SpeechRange> finish();

 private:
  SileroStream stream_;
  SpeechRanges ranges_;
  std::vector<float> probabilities_;
  std::int64_t samples_ = 0;
};

}  // namespace seben::generate
