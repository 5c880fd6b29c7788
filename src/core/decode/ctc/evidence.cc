// SPDX-License-Identifier: Apache-2.0
#include "decode/ctc/evidence.h"

#include <algorithm>
#include <cmath>

namespace seben::ctc {

void add_evidence(LogProbsView log_probs, std::vector<FrameEvidence>& out) {
  for (std::int64_t t = 0; t < log_probs.frames; ++t) {
    const auto row = log_probs.row(t);
    const auto best = std::ranges::max_element(row);
    double entropy = 0.0;
    for (const float value : row) {
      if (value > -60.0F) entropy -= std::exp(static_cast<double>(value)) * static_cast<double>(value);
    }
    out.push_back({static_cast<std::int32_t>(best - row.begin()), *best, static_cast<float>(entropy)});
  }
}

std::vector<std::int64_t> labels_of(std::span<const FrameEvidence> frames, std::int64_t blank) {
  std::vector<std::int64_t> out;
  std::int64_t before = blank;
  for (const FrameEvidence& frame : frames) {
    if (frame.label != before && frame.label != blank) out.push_back(frame.label);
    before = frame.label;
  }
  return out;
}

}  // namespace seben::ctc
