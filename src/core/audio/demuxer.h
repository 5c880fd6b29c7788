// SPDX-License-Identifier: Apache-2.0
// The container: from bytes to packets of the first audio stream.
#pragma once

#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "audio/byte_source.h"
#include "audio/ffmpeg.h"
#include "audio/length_claim.h"

namespace seben::audio {

/// Seconds of a stream as the container claims or FFmpeg estimates.
[[nodiscard]] std::optional<double> length_of(const AVFormatContext& format, const AVStream& stream);

/// Reads one container through a ByteSource. Only well-known containers and audio codecs are let in, and nothing but
/// the source itself is ever opened: no network, no files that a playlist or a movie reference names.
class Demuxer {
 public:
  /// Throws Error(bad_data) unless the bytes are a known container with an audio stream; Error(io) from the source.
  explicit Demuxer(std::unique_ptr<ByteSource> source);
  Demuxer(const Demuxer&) = delete;
  Demuxer& operator=(const Demuxer&) = delete;

  /// The next packet of the audio stream. Returns 0, AVERROR_EOF, or the FFmpeg error that ends the stream early.
  /// Throws what the source threw.
  [[nodiscard]] int next(AVPacket& packet);

  [[nodiscard]] const AVStream& stream() const noexcept { return *stream_; }
  [[nodiscard]] const AVFormatContext& format() const noexcept { return *format_; }
  [[nodiscard]] const std::string& name() const noexcept { return source_->name(); }

  /// What the head of the file says of its length.
  [[nodiscard]] LengthClaim length_claim() const noexcept { return audio::length_claim(head_); }

  /// How long the recording claims to be, up to its sound's end; nothing where that is a guess from its size.
  [[nodiscard]] std::optional<double> declared_seconds() const;

  /// Whether the source has been read to its end.
  [[nodiscard]] bool at_end() const noexcept { return avio_feof(io_.get()) != 0; }

 private:
  static int read_bytes(void* self, std::uint8_t* out, int size);
  static std::int64_t seek_bytes(void* self, std::int64_t offset, int whence);
  static int interrupted(void* self);

  void create_io();
  void open_container();
  void choose_stream();
  void keep_head(std::span<const std::uint8_t> bytes);
  void rethrow_source_failure();

  // Declared so that the format goes before the I/O it reads through, and that before the source.
  std::unique_ptr<ByteSource> source_;
  std::int64_t position_ = 0;
  std::vector<std::uint8_t> head_;  // the first kHeadBytes, as far as they were read
  std::exception_ptr failure_;      // C++ exceptions must not cross FFmpeg's frames: kept here, thrown after the call
  FfmpegPtr<AVIOContext> io_;
  FfmpegPtr<AVFormatContext> format_;
  AVStream* stream_ = nullptr;
};

}  // namespace seben::audio
