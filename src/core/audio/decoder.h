// SPDX-License-Identifier: Apache-2.0
// Any recording that phones and browsers make, as a stream of mono samples at 16 kHz.
//
// The samples equal those of Whisper's own loader, `ffmpeg -i FILE -f s16le -ac 1 -acodec pcm_s16le -ar 16000 -`
// divided by 32768, with one deliberate difference: the first audio stream is read, not the one with most channels.
// Instead of all channels mixed down, one of them can be taken alone.
// Memory does not depend on the length of the recording. See docs/audio.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "audio/byte_source.h"
#include "audio/warning.h"

namespace seben::audio {

/// Samples per second of everything after the decoder.
inline constexpr int kSampleRate = 16000;

/// All channels mixed down, where the number of a channel (from 1 on) would take it alone.
inline constexpr int kAllChannels = 0;

/// What a recording says of itself.
struct AudioInfo {
  std::string container;                   ///< FFmpeg's name of the container, for example "wav"
  std::string codec;                       ///< FFmpeg's name of the codec, for example "opus"
  int sample_rate = 0;                     ///< Hz, before resampling
  int channels = 0;                        ///< before mixing down
  std::optional<double> duration_seconds;  ///< as the container claims or FFmpeg estimates; for progress only
};

/// Decodes the first audio stream of one recording. Movable; not safe for use by two threads at once.
class AudioDecoder {
 public:
  /// Opens a file, or standard input for "-".
  /// Throws Error(no_input) when it cannot be opened, Error(bad_data) when it is not a recording with sound in a
  /// known container and codec or lacks that channel, Error(io) when reading fails.
  [[nodiscard]] static AudioDecoder open(const std::string& path, int channel = kAllChannels);

  /// The same from any source of bytes.
  [[nodiscard]] static AudioDecoder open(std::unique_ptr<ByteSource> source, int channel = kAllChannels);

  AudioDecoder(AudioDecoder&&) noexcept;
  AudioDecoder& operator=(AudioDecoder&&) noexcept;
  ~AudioDecoder();

  /// The next samples in [-1, 1): fills `out` completely unless the recording ends, then returns how many; 0 at the
  /// end. Throws Error(io) when reading fails and Error(bad_data) at the end of a recording of which not one sample
  /// could be decoded; for one channel alone, also where their number changes.
  [[nodiscard]] std::size_t read(std::span<float> out);

  [[nodiscard]] const AudioInfo& info() const noexcept;

  /// Samples returned by read() so far.
  [[nodiscard]] std::int64_t samples_read() const noexcept;

  /// What had to be skipped so far, in order. Only the first 100 are kept; warning_count() counts all.
  [[nodiscard]] const std::vector<Warning>& warnings() const noexcept;
  [[nodiscard]] std::size_t warning_count() const noexcept;

 private:
  class Impl;
  explicit AudioDecoder(std::unique_ptr<Impl> impl) noexcept;
  std::unique_ptr<Impl> impl_;
};

/// A recording that is decoded more than once, a channel at a time: a file, or a temporary copy (TMPDIR) of what a pipe
/// brings. So that memory does not grow with it and standard input is read once.
class Replay {
 public:
  /// Errors of AudioDecoder::open, and Error(io) without room for the copy.
  [[nodiscard]] static Replay open(std::unique_ptr<ByteSource> source);

  /// From the beginning. One at a time, and this must outlive it.
  [[nodiscard]] AudioDecoder decoder(int channel);

 private:
  explicit Replay(std::unique_ptr<ByteSource> source) noexcept : source_(std::move(source)) {}
  std::unique_ptr<ByteSource> source_;
};

/// The whole recording at once: for short clips and tests, its memory grows with the length.
[[nodiscard]] std::vector<float> read_all(AudioDecoder& decoder);

/// seben::configure_ffmpeg as Seben's own programs want it: no log, and 256 MiB at most for one allocation.
void configure_ffmpeg_for_this_process() noexcept;

}  // namespace seben::audio
