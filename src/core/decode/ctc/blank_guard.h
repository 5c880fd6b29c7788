// SPDX-License-Identifier: Apache-2.0
// A second look at what was decoded. An all-blank result for a window with speech in it is how a head shows that it was
// fed features of another layout; it must never pass as silence.
#pragma once

#include <cstdint>
#include <string>

#include "audio/vad/speech_detector.h"
#include "decode/ctc/log_probs.h"

namespace seben::ctc {

struct BlankStatistics {
  double mean_mass = 0.0;       ///< mean probability of the blank
  double blank_share = 0.0;     ///< share of frames whose best class is the blank
  std::int64_t best_class = 0;  ///< most frequent best class
};

[[nodiscard]] BlankStatistics blank_statistics(LogProbsView log_probs, std::int64_t blank);

/// Empty, or why the result of a window is suspect: every frame is blank with mass near 1 although the audio holds
/// speech energy.
[[nodiscard]] std::string suspect_blank(const BlankStatistics& statistics, const generate::SpeechEnergy& energy);

/// Empty, or the mismatch that a silent window shows: its most frequent best class must be the declared blank.
[[nodiscard]] std::string silence_mismatch(const BlankStatistics& on_silence, std::int64_t blank);

}  // namespace seben::ctc
