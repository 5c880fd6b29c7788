// SPDX-License-Identifier: Apache-2.0
// What is kept of a head's log-probabilities, frame by frame, once a window is gone: enough to ask later how sure the
// head was of a stretch of the recording.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "decode/ctc/log_probs.h"

namespace seben::ctc {

struct FrameEvidence {
  std::int32_t label = 0;  ///< best class
  float log_prob = 0.0F;   ///< of it
  float entropy = 0.0F;    ///< nats, over the classes
};

/// Appends a frame for each row.
void add_evidence(LogProbsView log_probs, std::vector<FrameEvidence>& out);

/// Classes of the best path over these frames, repeats merged, blanks dropped.
[[nodiscard]] std::vector<std::int64_t> labels_of(std::span<const FrameEvidence> frames, std::int64_t blank);

}  // namespace seben::ctc
