// SPDX-License-Identifier: Apache-2.0
#include "audio/windows.h"

#include <algorithm>
#include <string>
#include <utility>

#include "audio/decoder.h"
#include "seben/error.h"

namespace seben::audio {

WindowReader::WindowReader(Source source, std::size_t overlap, std::size_t window)
    : source_(std::move(source)), window_(window), overlap_(overlap), buffer_(window + 1) {
  if (overlap >= window) {
    throw Error(ErrorCategory::usage, "audio windows: overlap", "less than the window of " + std::to_string(window),
                std::to_string(overlap) + " samples");
  }
}

void WindowReader::fill() {
  while (filled_ < buffer_.size()) {
    const std::size_t got = source_(std::span<float>(buffer_).subspan(filled_));
    if (got == 0) break;
    filled_ += got;
  }
}

std::optional<Window> WindowReader::next() {
  if (finished_) return std::nullopt;
  const std::size_t step = window_ - overlap_;
  if (next_index_ > 0) {
    std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(step),
              buffer_.begin() + static_cast<std::ptrdiff_t>(filled_), buffer_.begin());
    filled_ -= step;
  }
  fill();
  if (filled_ == 0) {
    finished_ = true;
    return std::nullopt;
  }
  Window window;
  window.index = next_index_;
  window.start = static_cast<std::int64_t>(next_index_) * static_cast<std::int64_t>(step);
  window.valid = std::min(filled_, window_);
  window.last = filled_ <= window_;
  finished_ = window.last;
  std::fill(buffer_.begin() + static_cast<std::ptrdiff_t>(filled_), buffer_.end(), 0.0F);
  window.samples = std::span<const float>(buffer_).first(window_);
  ++next_index_;
  return window;
}

std::vector<float> first_window(const std::string& path) {
  AudioDecoder decoder = AudioDecoder::open(path);
  std::vector<float> samples(kWindowSamples);
  samples.resize(decoder.read(samples));
  return samples;
}

}  // namespace seben::audio
