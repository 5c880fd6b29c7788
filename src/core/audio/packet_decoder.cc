// SPDX-License-Identifier: Apache-2.0
#include "audio/packet_decoder.h"

#include <algorithm>
#include <cmath>
#include <new>
#include <span>

#include "audio/allowed_formats.h"
#include "seben/error.h"

namespace seben::audio {
namespace {

int channels_of(const AVFrame& frame) {
#if SEBEN_FFMPEG_CH_LAYOUT
  return frame.ch_layout.nb_channels;
#else
  return frame.channels;
#endif
}

template <typename Sample>
std::size_t silence(AVFrame& frame, bool planar) {
  const auto odd = [](Sample s) { return !std::isfinite(s); };
  const auto channels = static_cast<std::size_t>(std::max(channels_of(frame), 0));
  const auto samples = static_cast<std::size_t>(std::max(frame.nb_samples, 0));
  std::size_t found = 0;
  for (std::size_t plane = 0; plane < (planar ? channels : 1); ++plane) {
    const auto values = [&] {
      return std::span(reinterpret_cast<Sample*>(frame.extended_data[plane]), planar ? samples : samples * channels);
    };
    const auto count = std::ranges::count_if(values(), odd);
    if (count == 0) continue;
    if (found == 0 && av_frame_make_writable(&frame) < 0) throw std::bad_alloc();
    std::ranges::replace_if(values(), odd, Sample{0});
    found += static_cast<std::size_t>(count);
  }
  return found;
}

}  // namespace

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

std::size_t silence_odd_samples(AVFrame& frame) {
  switch (frame.format) {
    case AV_SAMPLE_FMT_FLT: return silence<float>(frame, false);
    case AV_SAMPLE_FMT_FLTP: return silence<float>(frame, true);
    case AV_SAMPLE_FMT_DBL: return silence<double>(frame, false);
    case AV_SAMPLE_FMT_DBLP: return silence<double>(frame, true);
    default: return 0;
  }
}

}  // namespace seben::audio
