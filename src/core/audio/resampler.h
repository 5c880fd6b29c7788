// SPDX-License-Identifier: Apache-2.0
// Decoded frames of any rate, sample format and channel layout to mono s16 at 16 kHz, as `ffmpeg -ac 1 -ar 16000`, or
// one channel of them alone.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "audio/ffmpeg.h"

namespace seben::audio {

/// libswresample with its default settings, which are those of the ffmpeg program; going through s16 as Whisper's
/// loader does, so that the rounding is the same. A change of format inside the stream starts a new resampler after
/// the old one has given what it held.
class Resampler {
 public:
  /// `where` begins the errors' text. `channel`: 0 mixes all down, otherwise one of `channels`, which is then the
  /// number that every frame must have; Error(bad_data) for a channel that is not there.
  Resampler(std::string where, int channel, int channels);

  /// Appends the samples that `frame` completes. Throws Error(bad_data) for rates and layouts that cannot be used.
  void push(const AVFrame& frame, std::vector<std::int16_t>& out);

  /// Appends what the filter still holds; the recording, or one of its formats, ends here.
  void flush(std::vector<std::int16_t>& out);

 private:
  struct Format {
    int sample_rate = 0;
    int sample_format = -1;
    int channels = 0;
    std::uint64_t layout = 0;  // mask of channels, 0 where they have no names
    bool operator==(const Format&) const = default;
  };

  [[nodiscard]] static Format format_of(const AVFrame& frame);
  void configure(const AVFrame& frame);
  void convert(const std::uint8_t** in, int in_samples, std::vector<std::int16_t>& out);
  void push_channel(const AVFrame& frame, std::vector<std::int16_t>& out);
  [[noreturn]] void refuse_layout(int channels, int error) const;

  std::string where_;
  int channel_, channels_;
  std::vector<std::uint8_t> one_;  // samples of the channel, out of frames that hold all channels in turn
  FfmpegPtr<SwrContext> swr_;
  Format format_;
};

}  // namespace seben::audio
