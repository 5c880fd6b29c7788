// SPDX-License-Identifier: Apache-2.0
// Whisper's log-mel by its definition: padded copy, naive DFT, dense filter matrix. Slow and plain.
#pragma once

#include <span>
#include <vector>

namespace seben::frontend::testing {

/// [n_mels * 3000]
std::vector<float> reference_log_mel(std::span<const float> samples, int n_mels);

/// Dense Slaney filters [n_mels][201], from the formulas as librosa writes them.
std::vector<std::vector<double>> reference_filters(int n_mels);

}  // namespace seben::frontend::testing
