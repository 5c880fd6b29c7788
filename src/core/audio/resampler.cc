// SPDX-License-Identifier: Apache-2.0
#include "audio/resampler.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <new>
#include <utility>

#include "audio/decoder.h"
#include "seben/error.h"

namespace seben::audio {
namespace {

// Outside these no recorder works, and the resampler's filter or its output would grow without measure.
constexpr int kMinRate = 1000;
constexpr int kMaxRate = 768000;
constexpr int kMaxChannels = 64;  // libswresample's own limit
constexpr int kSliceSamples = 16384;

}  // namespace

Resampler::Resampler(std::string where, int channel, int channels)
    : where_(std::move(where)), channel_(channel), channels_(channels) {
  if (channel_ >= 0 && channel_ <= std::max(channels_, kAllChannels)) return;
  throw Error(ErrorCategory::bad_data, where_ + ": channels", "channel " + std::to_string(channel_),
              std::to_string(channels_) + (channels_ == 1 ? " channel" : " channels"));
}

Resampler::Format Resampler::format_of(const AVFrame& frame) {
  Format format{frame.sample_rate, frame.format, 0, 0};
#if SEBEN_FFMPEG_CH_LAYOUT
  format.channels = frame.ch_layout.nb_channels;
  if (frame.ch_layout.order == AV_CHANNEL_ORDER_NATIVE) format.layout = frame.ch_layout.u.mask;
#else
  format.channels = frame.channels;
  format.layout = frame.channel_layout;
#endif
  return format;
}

void Resampler::refuse_layout(int channels, int error) const {
  throw Error(ErrorCategory::bad_data, where_ + ": channels", "a layout that can be mixed down to mono",
              std::to_string(channels) + " channels (" + ffmpeg_message(error) + ")");
}

void Resampler::configure(const AVFrame& frame) {
  const Format format = format_of(frame);
  if (format.sample_rate < kMinRate || format.sample_rate > kMaxRate) {
    throw Error(ErrorCategory::bad_data, where_ + ": sample rate",
                std::to_string(kMinRate) + " to " + std::to_string(kMaxRate) + " Hz",
                std::to_string(format.sample_rate) + " Hz");
  }
  if (format.channels < 1 || format.channels > kMaxChannels) refuse_layout(format.channels, AVERROR(EINVAL));
  if (channel_ != kAllChannels && format.channels != channels_) {
    throw Error(ErrorCategory::bad_data, where_ + ": channels", std::to_string(channels_) + " from beginning to end",
                std::to_string(format.channels));
  }
  SwrContext* swr = nullptr;
  const auto sample_format = static_cast<AVSampleFormat>(format.sample_format);
#if SEBEN_FFMPEG_CH_LAYOUT
  AVChannelLayout in = {};
  AVChannelLayout mono = {};
  av_channel_layout_default(&mono, 1);
  int status = 0;
  if (channel_ != kAllChannels) {
    av_channel_layout_default(&in, 1);
  } else if (frame.ch_layout.order == AV_CHANNEL_ORDER_UNSPEC) {
    av_channel_layout_default(&in, format.channels);
  } else {
    status = av_channel_layout_copy(&in, &frame.ch_layout);
  }
  if (status >= 0) {
    status = swr_alloc_set_opts2(&swr, &mono, AV_SAMPLE_FMT_S16, kSampleRate, &in, sample_format, format.sample_rate,
                                 kSilentLogOffset, nullptr);
  }
  av_channel_layout_uninit(&in);
#else
  const std::int64_t all =
      format.layout != 0 ? static_cast<std::int64_t>(format.layout) : av_get_default_channel_layout(format.channels);
  const std::int64_t in = channel_ != kAllChannels ? AV_CH_LAYOUT_MONO : all;
  swr = swr_alloc_set_opts(nullptr, AV_CH_LAYOUT_MONO, AV_SAMPLE_FMT_S16, kSampleRate, in, sample_format,
                           format.sample_rate, kSilentLogOffset, nullptr);
  int status = swr == nullptr ? AVERROR(ENOMEM) : 0;
#endif
  swr_.reset(swr);
  if (status >= 0) status = swr_init(swr_.get());
  if (status < 0) {
    swr_.reset();
    refuse_layout(format.channels, status);
  }
  format_ = format;
}

void Resampler::convert(const std::uint8_t** in, int in_samples, std::vector<std::int16_t>& out) {
  const int room = std::max(swr_get_out_samples(swr_.get(), in_samples), 1);
  const std::size_t before = out.size();
  out.resize(before + static_cast<std::size_t>(room));
  auto* target = reinterpret_cast<std::uint8_t*>(out.data() + before);
  const int got = swr_convert(swr_.get(), &target, room, in, in_samples);
  out.resize(before + static_cast<std::size_t>(std::max(got, 0)));
  if (got < 0) throw Error(ErrorCategory::internal, where_ + ": resampler", "samples", ffmpeg_message(got));
}

void Resampler::push(const AVFrame& frame, std::vector<std::int16_t>& out) {
  if (frame.nb_samples <= 0) return;
  if (swr_ == nullptr || format_of(frame) != format_) {
    flush(out);
    configure(frame);
  }
  if (channel_ != kAllChannels) return push_channel(frame, out);
  const auto sample_format = static_cast<AVSampleFormat>(format_.sample_format);
  const bool planar = av_sample_fmt_is_planar(sample_format) != 0;
  const int planes = planar ? format_.channels : 1;
  const int stride = av_get_bytes_per_sample(sample_format) * (planar ? 1 : format_.channels);
  std::array<const std::uint8_t*, kMaxChannels> in{};
  for (int done = 0; done < frame.nb_samples; done += kSliceSamples) {  // bounds `out` whatever a frame holds
    for (int plane = 0; plane < planes; ++plane) {
      in[static_cast<std::size_t>(plane)] = frame.extended_data[plane] + std::ptrdiff_t{stride} * done;
    }
    convert(in.data(), std::min(kSliceSamples, frame.nb_samples - done), out);
  }
}

void Resampler::push_channel(const AVFrame& frame, std::vector<std::int16_t>& out) {
  const auto sample_format = static_cast<AVSampleFormat>(format_.sample_format);
  const bool planar = av_sample_fmt_is_planar(sample_format) != 0;
  const auto width = static_cast<std::size_t>(av_get_bytes_per_sample(sample_format));
  const auto index = static_cast<std::size_t>(channel_ - 1), all = static_cast<std::size_t>(format_.channels);
  for (int done = 0; done < frame.nb_samples; done += kSliceSamples) {
    const int count = std::min(kSliceSamples, frame.nb_samples - done);
    const auto first = static_cast<std::size_t>(done), samples = static_cast<std::size_t>(count);
    const std::uint8_t* in = nullptr;
    if (planar) {
      in = frame.extended_data[index] + first * width;
    } else {
      one_.resize(samples * width);
      const std::uint8_t* const from = frame.extended_data[0] + (first * all + index) * width;
      for (std::size_t i = 0; i < samples; ++i) std::memcpy(one_.data() + i * width, from + i * all * width, width);
      in = one_.data();
    }
    convert(&in, count, out);
  }
}

void Resampler::flush(std::vector<std::int16_t>& out) {
  if (swr_ == nullptr) return;
  while (true) {
    const std::size_t before = out.size();
    convert(nullptr, 0, out);
    if (out.size() == before) break;
  }
  swr_.reset();
}

}  // namespace seben::audio
