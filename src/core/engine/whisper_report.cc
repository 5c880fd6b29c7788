// SPDX-License-Identifier: Apache-2.0
#include "engine/whisper_report.h"

#include <algorithm>

#include "audio/log_mel.h"
#include "decode/whisper/strip.h"
#include "text/tokenizer/specials.h"

namespace seben::pipeline {

std::int64_t perfect_silence(std::span<const float> window) {
  constexpr std::int64_t kLeast = 100;
  const auto frames = static_cast<std::int64_t>(window.size()) / frontend::kHop;
  const auto sound = std::ranges::find_if(window, [](float x) { return x != 0.0F; });
  const std::int64_t still = (sound - window.begin()) / frontend::kHop;
  return still >= kLeast && still < frames ? still : 0;
}

void keep_within(WhisperSegment& segment, double end) {
  const auto clamp = [end](double& start, double& stop) {
    if (stop <= end) return;
    stop = end;
    start = std::min(start, std::max(0.0, end - tokenizer::kSecondsPerTimestamp));
  };
  clamp(segment.start, segment.end);
  for (Word& word : segment.words) clamp(word.start, word.end);
}

void describe(const generate::Transcript& transcript, const TextPlan& plan, WhisperResult& out) {
  WhisperText& text = out.text;
  text.decoder = plan.name();
  text.language = transcript.language;
  if (!transcript.language_probability.empty()) {
    text.language_probability = transcript.language_probability.front().second;
  }
  text.task = plan.options().task;
  text.windows = transcript.windows;
  text.silent_windows = transcript.silent;
  text.batch_size = plan.options().batch_size;
  out.suspect.insert(out.suspect.end(), transcript.suspect.begin(), transcript.suspect.end());
  text.text = generate::strip(transcript.text);
}

}  // namespace seben::pipeline
