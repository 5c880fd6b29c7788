// SPDX-License-Identifier: Apache-2.0
// Eleven seconds of real speech, and longer recordings made of it.
#pragma once

#include <string>
#include <vector>

#include "audio/decoder.h"

namespace seben::test {

inline const std::string kJfk = SEBEN_SOURCE_DIR "/tests/fixtures/audio/speech/jfk.flac";

/// Said `times` over, half a second of silence behind each; 16 kHz.
inline std::vector<float> jfk_samples(int times = 1) {
  audio::AudioDecoder decoder = audio::AudioDecoder::open(kJfk);
  const std::vector<float> once = audio::read_all(decoder);
  std::vector<float> samples;
  for (int i = 0; i < times; ++i) {
    samples.insert(samples.end(), once.begin(), once.end());
    samples.insert(samples.end(), 8000, 0.0F);
  }
  return samples;
}

}  // namespace seben::test
