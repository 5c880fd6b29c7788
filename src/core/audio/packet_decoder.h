// SPDX-License-Identifier: Apache-2.0
// The codec: from packets to frames.
#pragma once

#include <cstddef>
#include <string>

#include "audio/ffmpeg.h"

namespace seben::audio {

/// One of FFmpeg's audio decoders. Priming samples and padding that the container announces (an mp3's or AAC's
/// encoder delay) are cut by FFmpeg itself.
class PacketDecoder {
 public:
  /// Throws Error(bad_data) for a codec that is not let in, not built into FFmpeg or whose parameters are invalid.
  PacketDecoder(const AVStream& stream, const std::string& where);

  /// Hands over a packet; nullptr at the end. 0 or FFmpeg's error.
  [[nodiscard]] int send(const AVPacket* packet) { return avcodec_send_packet(codec_.get(), packet); }

  /// 0 with a frame, AVERROR(EAGAIN) when another packet is needed, AVERROR_EOF at the end, or an error.
  [[nodiscard]] int receive(AVFrame& frame) { return avcodec_receive_frame(codec_.get(), &frame); }

 private:
  FfmpegPtr<AVCodecContext> codec_;
};

/// Turns samples that are no finite numbers, which float formats and damaged packets can hold, into silence and says
/// how many there were; throws std::bad_alloc.
std::size_t silence_odd_samples(AVFrame& frame);

}  // namespace seben::audio
