// SPDX-License-Identifier: Apache-2.0
#include "audio/packet_decoder.h"

#include <new>

#include "audio/allowed_formats.h"
#include "seben/error.h"

namespace seben::audio {

PacketDecoder::PacketDecoder(const AVStream& stream, const std::string& where) {
  const AVCodecParameters& parameters = *stream.codecpar;
  const std::string name = avcodec_get_name(parameters.codec_id);
  const AVCodec* decoder = avcodec_find_decoder(parameters.codec_id);
  if (decoder == nullptr || !is_allowed_codec(decoder->name)) {
    throw Error(ErrorCategory::bad_data, where + ": codec", "one of those in docs/audio.md", name);
  }
  codec_.reset(avcodec_alloc_context3(decoder));
  if (codec_ == nullptr) throw std::bad_alloc();
  int status = avcodec_parameters_to_context(codec_.get(), &parameters);
  codec_->pkt_timebase = stream.time_base;
  codec_->thread_count = 1;
  codec_->log_level_offset = kSilentLogOffset;
  if (status >= 0) status = avcodec_open2(codec_.get(), decoder, nullptr);
  if (status < 0) {
    throw Error(ErrorCategory::bad_data, where + ": audio stream", "valid parameters for " + name,
                ffmpeg_message(status));
  }
}

}  // namespace seben::audio
