// SPDX-License-Identifier: Apache-2.0
#include "engine/listen.h"

#include <string>

#include "base/format.h"
#include "engine/stopwatch.h"
#include "seben/error.h"

namespace seben::pipeline {

void listen(const Recogniser& recogniser, WindowMemory& memory, const Sound& sound, Timings& timings,
            const std::function<void(const EncodedWindow&)>& window) {
  const auto hop = static_cast<std::int64_t>(audio::kWindowSamples) / recogniser.output_frames();
  const auto seconds = [](std::int64_t samples) { return static_cast<double>(samples) / audio::kSampleRate; };
  audio::WindowReader windows(
      [&](std::span<float> out) {
        const Stopwatch watch(timings.audio);
        return sound.source(out);
      },
      sound.overlap);
  while (const auto w = windows.next()) {
    EncodedWindow heard;
    heard.samples = w->samples.first(w->valid);
    const auto features = recogniser.features(heard.samples, memory, timings);
    heard.log_probs = recogniser.log_probs(features, recogniser.feature_frames(), memory, timings);
    heard.first_frame = w->start / hop;
    heard.start_seconds = seconds(w->start);
    heard.end_seconds = seconds(w->start + static_cast<std::int64_t>(w->valid));
    window(heard);
  }
}

std::size_t overlap_samples(std::int64_t output_frames, double seconds) {
  if (!(seconds >= 1.0 && seconds <= 15.0)) {
    throw Error(ErrorCategory::usage, "overlap", "1..15 seconds", base::format("{}", seconds));
  }
  const auto frames = static_cast<std::size_t>(output_frames);
  if (output_frames < 1 || audio::kWindowSamples % frames != 0) {
    throw Error(ErrorCategory::bad_data, "head", "a number of output frames that divides 480000 samples",
                std::to_string(frames));
  }
  const std::size_t hop = audio::kWindowSamples / frames;
  return static_cast<std::size_t>(seconds * audio::kSampleRate) / hop * hop;
}

}  // namespace seben::pipeline
