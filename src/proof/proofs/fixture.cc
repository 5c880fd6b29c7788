// SPDX-License-Identifier: Apache-2.0
#include "proofs/fixture.h"

#include <algorithm>

#include "audio/decoder.h"
#include "audio/log_mel.h"
#include "audio/windows.h"
#include "seben/error.h"

namespace seben::proof {

std::vector<float> first_window(const std::string& path) {
  std::vector<float> samples = audio::first_window(path);
  if (samples.empty()) throw Error(ErrorCategory::bad_data, path, "sound", "none");
  samples.resize(audio::kWindowSamples);
  return samples;  // zeros after the end of the recording
}

std::vector<float> log_mel(const std::vector<float>& samples, const whisper::EncoderConfig& config) {
  const frontend::LogMel mel(static_cast<int>(config.n_mels));
  std::vector<float> whole(static_cast<std::size_t>(config.n_mels * frontend::kFrames));
  mel.compute(samples, whole);
  const std::int64_t frames = std::min<std::int64_t>(config.mel_frames(), frontend::kFrames);
  if (frames == frontend::kFrames) return whole;
  std::vector<float> cut;  // encoders for shorter windows
  for (std::int64_t m = 0; m < config.n_mels; ++m) {
    const auto row = whole.begin() + m * frontend::kFrames;
    cut.insert(cut.end(), row, row + frames);
  }
  return cut;
}

}  // namespace seben::proof
