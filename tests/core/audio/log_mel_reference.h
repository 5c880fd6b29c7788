// SPDX-License-Identifier: Apache-2.0
// Whisper's log-mel by its definition: padded copy, naive DFT, dense filter matrix. Slow and plain.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace seben::frontend::testing {

/// [n_mels * 3000]
std::vector<float> reference_log_mel(std::span<const float> samples, int n_mels);

/// What openai-whisper hands to its encoder for the window of `size` mel frames that begins at mel frame `seek` of a
/// recording: 30 s of silence behind the recording, the log-mel of all of it with the floor of all of it, cut, and
/// zeros behind the cut.
std::vector<float> reference_recording_log_mel(std::span<const float> recording, int n_mels, std::size_t seek,
                                               std::size_t size);

/// Dense Slaney filters [n_mels][201], from the formulas as librosa writes them.
std::vector<std::vector<double>> reference_filters(int n_mels);

}  // namespace seben::frontend::testing
