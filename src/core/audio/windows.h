// SPDX-License-Identifier: Apache-2.0
// Cuts a stream of samples into Whisper's 30 s windows, overlapping by as much as the caller wants.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace seben::audio {

/// Samples of one Whisper window: 30 s at 16 kHz.
inline constexpr std::size_t kWindowSamples = 480000;

/// One window. `samples` always has the full window length, zeros after `valid`.
struct Window {
  std::size_t index = 0;           ///< k, counted from 0
  std::int64_t start = 0;          ///< first sample's place in the recording: k * (window - overlap)
  std::size_t valid = 0;           ///< samples that the recording has; the rest is padding
  bool last = false;               ///< the recording ends in (or exactly at the end of) this window
  std::span<const float> samples;  ///< [window], valid until the next call of next()
};

/// Turns a sample stream into windows. Window k starts at k * (window - overlap); the last one is the first that
/// reaches the end of the recording, so no window holds only samples that an earlier one held. A recording without
/// samples has no windows; one of exactly `window` samples has one. Holds one window and one sample in memory.
class WindowReader {
 public:
  /// Fills a span and says how many samples it wrote; fewer than asked only at the end.
  using Source = std::function<std::size_t(std::span<float>)>;

  /// Throws Error(usage) unless overlap < window.
  WindowReader(Source source, std::size_t overlap, std::size_t window = kWindowSamples);

  /// The next window, or nothing after the last.
  [[nodiscard]] std::optional<Window> next();

 private:
  void fill();

  Source source_;
  std::size_t window_;
  std::size_t overlap_;
  std::vector<float> buffer_;  // window + 1: the extra sample tells whether another window follows
  std::size_t filled_ = 0;
  std::size_t next_index_ = 0;
  bool finished_ = false;
};

/// The first window of a recording, without padding: at most kWindowSamples samples. Errors of AudioDecoder.
[[nodiscard]] std::vector<float> first_window(const std::string& path);

}  // namespace seben::audio
