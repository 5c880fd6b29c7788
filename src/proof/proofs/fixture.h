// SPDX-License-Identifier: Apache-2.0
// The audio fixture of a proof: one window of a recording, and its log-mel.
#pragma once

#include <string>
#include <vector>

#include "model/whisper/config.h"

namespace seben::proof {

/// The first 30 s as exactly 480,000 samples, silence after the end of the recording. Error(bad_data) without sound.
[[nodiscard]] std::vector<float> first_window(const std::string& path);

/// samples -> mel [n_mels, mel_frames()]; cut off for encoders of shorter windows.
[[nodiscard]] std::vector<float> log_mel(const std::vector<float>& samples, const whisper::EncoderConfig& config);

}  // namespace seben::proof
