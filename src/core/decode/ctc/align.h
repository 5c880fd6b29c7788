// SPDX-License-Identifier: Apache-2.0
// Forced alignment: the most probable CTC path that reads as a given text (Viterbi), and so the time of every symbol.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "decode/ctc/greedy.h"
#include "decode/ctc/log_probs.h"

namespace seben::ctc {

/// The symbols on their frames, with log_prob of the whole path; nothing when no path of these frames has a probability
/// above 0. `first_frame` is added to all frame numbers. Among equal paths, the one that reads each symbol latest.
/// Memory: frames * (2 * labels + 1) bytes. Error(bad_data) for a label that is no class or the blank.
[[nodiscard]] std::optional<Hypothesis> align(LogProbsView log_probs, std::span<const std::int64_t> labels,
                                              std::int64_t blank, std::int64_t first_frame = 0);

}  // namespace seben::ctc
