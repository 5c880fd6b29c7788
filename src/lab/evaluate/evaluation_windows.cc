// SPDX-License-Identifier: Apache-2.0
#include "evaluate/evaluation_windows.h"

#include <span>

#include "audio/decoder.h"
#include "seben/error.h"

namespace seben::pipeline {

std::size_t for_each_window(const std::string& recording, std::size_t overlap,
                            const std::function<void(const audio::Window&)>& window) {
  audio::AudioDecoder decoder = audio::AudioDecoder::open(recording);
  audio::WindowReader windows([&](std::span<float> out) { return decoder.read(out); }, overlap);
  std::size_t count = 0;
  while (const auto w = windows.next()) {
    window(*w);
    ++count;
  }
  return count;
}

std::vector<float> read_one_window(const std::string& recording) {
  audio::AudioDecoder decoder = audio::AudioDecoder::open(recording);
  std::vector<float> samples(audio::kWindowSamples + 1);  // one more tells whether it ends
  std::size_t count = 0;
  while (count < samples.size()) {
    const std::size_t got = decoder.read(std::span(samples).subspan(count));
    if (got == 0) break;
    count += got;
  }
  if (count > audio::kWindowSamples) {
    throw Error(ErrorCategory::bad_data, recording, "at most 30 s of sound, so that one window reads it", "more");
  }
  samples.resize(count);
  return samples;
}

}  // namespace seben::pipeline
