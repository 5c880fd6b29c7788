// SPDX-License-Identifier: Apache-2.0
// Where `seben listen` hears: standard input, a recording, a microphone.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <stop_token>
#include <string>

namespace seben::cli {

class LiveSource {
 public:
  LiveSource() = default;
  LiveSource(const LiveSource&) = delete;
  LiveSource& operator=(const LiveSource&) = delete;
  virtual ~LiveSource() = default;

  [[nodiscard]] virtual int sample_rate() const noexcept = 0;
  /// Waits for sound and returns how much of `out` it filled; 0 at the end, and soon after `stop`.
  [[nodiscard]] virtual std::size_t read(std::span<float> out, const std::stop_token& stop) = 0;
};

/// 16-bit samples at `rate` (0: 16 kHz), or a WAV of them. Waits for its first bytes. Errors of audio::PcmReader.
[[nodiscard]] std::unique_ptr<LiveSource> open_standard_input(int rate);
/// Errors of audio::AudioDecoder.
[[nodiscard]] std::unique_ptr<LiveSource> open_recording(const std::string& path);

}  // namespace seben::cli
