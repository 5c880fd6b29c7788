// SPDX-License-Identifier: Apache-2.0
#include "engine/sliding_audio.h"

#include <algorithm>

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

}  // namespace seben::pipeline
