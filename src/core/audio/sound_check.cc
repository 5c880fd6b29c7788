// SPDX-License-Identifier: Apache-2.0
#include "audio/sound_check.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "base/counted.h"
#include "base/format.h"

namespace seben::audio {
namespace {

constexpr double kHeard = 1e-6;          // mean square of a second that is not silence: -60 dB
constexpr double kFarBelow = 1e-3;       // of the channels' energy: the mix is 30 dB softer
constexpr std::size_t kLeastShare = 10;  // one second in so many: a passing effect is no matter

int channel_count(const AVFrame& frame) {
#if SEBEN_FFMPEG_CH_LAYOUT
  return frame.ch_layout.nb_channels;
#else
  return frame.channels;
#endif
}

template <typename Sample>
double unit(Sample s) {
  if constexpr (std::is_floating_point_v<Sample>) {
    return static_cast<double>(s);
  } else if constexpr (std::is_same_v<Sample, std::uint8_t>) {
    return (static_cast<double>(s) - 128.0) / 128.0;
  } else {
    return static_cast<double>(s) / -static_cast<double>(std::numeric_limits<Sample>::min());
  }
}

}  // namespace

template <typename Sample>
void SoundCheck::measure(const AVFrame& frame, int channels, bool planar) {
  for (int i = 0; i < frame.nb_samples; ++i) {
    double sum = 0.0, squares = 0.0;
    for (int c = 0; c < channels; ++c) {
      const auto* plane = reinterpret_cast<const Sample*>(frame.extended_data[planar ? c : 0]);
      const double x = unit(plane[planar ? i : i * channels + c]);
      sum += x;
      squares += x * x;
      if constexpr (std::is_floating_point_v<Sample>) clipping_.add(std::abs(x));
    }
    channels_ += squares / channels;
    mix_ += (sum / channels) * (sum / channels);
    if (++in_second_ >= rate_) end_second();
  }
}

void SoundCheck::end_second() {
  if (channels_ >= kHeard * static_cast<double>(in_second_)) {
    ++sounding_;
    silenced_ += mix_ < kFarBelow * channels_ ? 1 : 0;
  }
  channels_ = mix_ = 0.0;
  in_second_ = 0;
}

void SoundCheck::add(const AVFrame& frame) {
  const int channels = channel_count(frame);
  const auto format = static_cast<AVSampleFormat>(frame.format);
  const AVSampleFormat packed = av_get_packed_sample_fmt(format);
  const bool real = packed == AV_SAMPLE_FMT_FLT || packed == AV_SAMPLE_FMT_DBL;
  if (channels < 1 || (channels == 1 && !real)) return;
  const bool planar = av_sample_fmt_is_planar(format) != 0;
  rate_ = std::max(frame.sample_rate, 1);
  switch (packed) {
    case AV_SAMPLE_FMT_U8: return measure<std::uint8_t>(frame, channels, planar);
    case AV_SAMPLE_FMT_S16: return measure<std::int16_t>(frame, channels, planar);
    case AV_SAMPLE_FMT_S32: return measure<std::int32_t>(frame, channels, planar);
    case AV_SAMPLE_FMT_S64: return measure<std::int64_t>(frame, channels, planar);
    case AV_SAMPLE_FMT_FLT: return measure<float>(frame, channels, planar);
    case AV_SAMPLE_FMT_DBL: return measure<double>(frame, channels, planar);
    default: return;
  }
}

std::optional<std::string> SoundCheck::cancelled() const {
  SoundCheck whole = *this;  // what is left of the last second counts as one
  if (whole.in_second_ > 0) whole.end_second();
  if (whole.silenced_ == 0 || whole.silenced_ * kLeastShare < whole.sounding_) return std::nullopt;
  return base::format(
      "the channels cancel each other when they are mixed to one (opposite phase), in {} of {} with sound",
      whole.silenced_, base::counted(whole.sounding_, "second"));
}

std::optional<std::string> SoundCheck::clipped() const {
  if (clipping_.samples == 0) return std::nullopt;
  return to_string(clipping_) + ": clipped";
}

}  // namespace seben::audio
