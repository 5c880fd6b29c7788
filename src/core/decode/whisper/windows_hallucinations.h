// SPDX-License-Identifier: Apache-2.0
// Text that was probably invented, told by its words: too short, too long or improbable, with silence around it.
// Source: openai-whisper, transcribe.py, hallucination_silence_threshold.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "decode/whisper/windows.h"

namespace seben::generate {

/// How strange a word is: 1 for a probability below 0.15, and more the shorter than 0.133 s or the longer than 2 s.
[[nodiscard]] double strangeness(const WordTime& word) noexcept;

/// Whether the first eight words, punctuation aside, are as strange as if each were improbable, or three of them.
/// False without words.
[[nodiscard]] bool is_strange(std::span<const WordTime> words);

/// The window that segments come from.
struct SilenceQuery {
  std::int64_t seek = 0;     ///< mel frame at which it begins
  std::int64_t frames = 0;   ///< mel frames of it that are sound
  double last_speech = 0.0;  ///< seconds, when the last word before it ended
  double threshold = 0.0;    ///< seconds; a longer silence lets strange words be taken for invented ones
};

/// What to do about it.
struct InventedText {
  std::size_t segments = 0;  ///< that stay: those before it
  std::int64_t seek = 0;     ///< mel frame at which the next window begins
  /// The window began with silence: it is decoded again behind that, as if nothing had been heard yet.
  bool again = false;
  double end = 0.0;  ///< seconds, of the segment that was invented
};

/// The first segment that was probably invented; nothing when there is none. Segments have their words, and the length
/// of a window is 3000 mel frames.
[[nodiscard]] std::optional<InventedText> find_hallucinations(std::span<const Segment> segments,
                                                              const SilenceQuery& query);

/// When the last word of all ends, or, without words, the last segment; nothing without segments.
[[nodiscard]] std::optional<double> end_of_speech(std::span<const Segment> segments);

}  // namespace seben::generate
