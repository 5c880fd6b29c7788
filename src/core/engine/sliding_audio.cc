// SPDX-License-Identifier: Apache-2.0
#include "engine/sliding_audio.h"

#include <algorithm>
#include <limits>

#include "seben/error.h"

namespace seben::pipeline {

SlidingAudio::SlidingAudio(const audio::WindowReader::Source& source, std::size_t most)
    : source_(source), buffer_(most) {}

void SlidingAudio::drop_before(std::int64_t first) {
  while (first > heard() && !ended_) {  // a step over more than what is in memory
    begin_ += static_cast<std::int64_t>(filled_);
    filled_ = source_(buffer_);
    ended_ = filled_ < buffer_.size();
  }
  const auto gone = static_cast<std::size_t>(std::min(first - begin_, static_cast<std::int64_t>(filled_)));
  if (gone == 0) return;
  std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(gone), buffer_.begin() + static_cast<std::ptrdiff_t>(filled_),
            buffer_.begin());
  begin_ += static_cast<std::int64_t>(gone);
  filled_ -= gone;
}

std::span<const float> SlidingAudio::at(std::int64_t first, std::size_t count) {
  if (first < begin_ || count > buffer_.size()) {
    throw Error(ErrorCategory::internal, "window", "samples that are still in memory", "others");
  }
  drop_before(first);
  if (filled_ < count && !ended_) {
    const std::size_t wanted = buffer_.size() - filled_;
    const std::size_t got = source_(std::span(buffer_).subspan(filled_, wanted));
    ended_ = got < wanted;
    filled_ += got;
  }
  if (first > begin_ + static_cast<std::int64_t>(filled_)) return {};
  return std::span(buffer_).first(std::min(count, filled_));
}

frontend::MelPart mel_part(SlidingAudio& audio, std::int64_t first, std::int64_t frames) {
  const std::int64_t begin = first * frontend::kHop;
  const std::int64_t from = std::max<std::int64_t>(0, begin - frontend::kMelContext);
  const auto wanted = static_cast<std::size_t>(begin - from + frames * frontend::kHop + frontend::kMelContext);
  frontend::MelPart part;
  part.samples = audio.at(from, wanted);
  part.before = std::min(static_cast<std::size_t>(begin - from), part.samples.size());
  const auto hops = static_cast<std::int64_t>(part.samples.size() - part.before) / frontend::kHop;
  part.frames = static_cast<int>(std::min(frames, hops));
  return part;
}

std::span<const float> sound_of(const frontend::MelPart& part) {
  return part.samples.subspan(part.before, static_cast<std::size_t>(part.frames) * frontend::kHop);
}

float largest_log(const frontend::LogMel& log_mel, const audio::WindowReader::Source& source, std::span<float> mel) {
  SlidingAudio audio(source, audio::kWindowSamples + std::size_t{2} * frontend::kMelContext);
  float largest = -std::numeric_limits<float>::infinity();
  for (std::int64_t first = 0;; first += frontend::kFrames) {
    const frontend::MelPart part = mel_part(audio, first, frontend::kFrames);
    if (part.samples.empty()) return largest;
    largest = std::max(largest, log_mel.largest_log(part, mel));
  }
}

}  // namespace seben::pipeline
