// SPDX-License-Identifier: Apache-2.0
// FFmpeg's headers, owning pointers for its objects, and the few places where its versions 4.4 to 7 differ.
#pragma once

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/channel_layout.h>
#include <libavutil/frame.h>
#include <libavutil/mem.h>
#include <libavutil/opt.h>
#include <libswresample/swresample.h>
}

#include <memory>
#include <string>

// AVChannelLayout came with FFmpeg 5.1; the 64-bit masks before it went with 7.
#if !defined(SEBEN_FFMPEG_CH_LAYOUT)
#define SEBEN_FFMPEG_CH_LAYOUT (LIBAVUTIL_VERSION_INT >= AV_VERSION_INT(57, 24, 100))
#endif

namespace seben::audio {

struct FfmpegDeleter {
  void operator()(AVIOContext* io) const noexcept {
    av_freep(&io->buffer);  // FFmpeg may have replaced the buffer that we gave it
    avio_context_free(&io);
  }
  void operator()(AVFormatContext* format) const noexcept { avformat_close_input(&format); }
  void operator()(AVCodecContext* codec) const noexcept { avcodec_free_context(&codec); }
  void operator()(AVFrame* frame) const noexcept { av_frame_free(&frame); }
  void operator()(AVPacket* packet) const noexcept { av_packet_free(&packet); }
  void operator()(SwrContext* resampler) const noexcept { swr_free(&resampler); }
};

template <typename T>
using FfmpegPtr = std::unique_ptr<T, FfmpegDeleter>;

/// FFmpeg's words for one of its error codes.
[[nodiscard]] inline std::string ffmpeg_message(int error) {
  char text[AV_ERROR_MAX_STRING_SIZE] = {};
  av_strerror(error, text, sizeof text);
  return text;
}

/// Added to the level of a context's log messages so that they fall below what is printed. FFmpeg's global level is
/// the program's to set, not a library's. Levels end at 56 and are kept in a byte.
inline constexpr int kSilentLogOffset = 100;

}  // namespace seben::audio
