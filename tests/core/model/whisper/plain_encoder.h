// SPDX-License-Identifier: Apache-2.0
// Whisper's encoder written down from the paper in double precision, with loops only; and random weights for it.
#pragma once

#include <span>
#include <vector>

#include "model/whisper/config.h"
#include "support/memory_weights.h"

namespace seben::test {

[[nodiscard]] MemoryWeights random_encoder(const whisper::EncoderConfig& config, unsigned seed);
[[nodiscard]] std::vector<float> random_mel(const whisper::EncoderConfig& config, unsigned seed);

/// mel [n_mels, 2 T] -> features [T, d_model]; tensor names without a prefix.
[[nodiscard]] std::vector<double> plain_encoder(const MemoryWeights& weights, const whisper::EncoderConfig& config,
                                                std::span<const float> mel);

}  // namespace seben::test
