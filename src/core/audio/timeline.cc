// SPDX-License-Identifier: Apache-2.0
#include "audio/timeline.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "audio/decoder.h"

namespace seben::audio {
namespace {

// What is shorter is rounding of time stamps, priming of codecs, or a lost packet. A cut in the middle of a word would
// do more harm than a quarter of a second.
constexpr double kLeastGap = 0.25;
constexpr double kLongestGap = 3600.0;         // hostile stamps must not make years of silence
constexpr double kLongestOfABroadcast = 10.0;  // whose clock may start anew at any time, as the ffmpeg program has it
constexpr double kMostSilence = 4 * 3600.0;

// FFmpeg's names. AVI and the bare streams have no times of their own.
constexpr std::array<std::string_view, 7> kTimed{
    "matroska,webm", "mov,mp4,m4a,3gp,3g2,mj2", "mpegts", "mpeg", "ogg", "flv", "asf"};

}  // namespace

Timeline::Timeline(const AVFormatContext& format, const AVStream& stream)
    : time_base_(av_q2d(stream.time_base)), left_(kMostSilence) {
  if (format.start_time != AV_NOPTS_VALUE) {
    origin_ = static_cast<double>(format.start_time) / AV_TIME_BASE;
  } else if (stream.start_time != AV_NOPTS_VALUE) {
    origin_ = static_cast<double>(stream.start_time) * time_base_;
  }
  if (std::ranges::find(kTimed, std::string_view(format.iformat->name)) == kTimed.end()) return;
  longest_ = (format.iformat->flags & AVFMT_TS_DISCONT) != 0 ? kLongestOfABroadcast : kLongestGap;
}

double Timeline::seconds(std::int64_t stamp) const {
  return std::max(0.0, static_cast<double>(stamp) * time_base_ - origin_);
}

Timeline::Step Timeline::place(const AVFrame& frame) {
  Step step;
  const double length = frame.sample_rate > 0 ? static_cast<double>(frame.nb_samples) / frame.sample_rate : 0.0;
  const std::int64_t stamp = frame.pts != AV_NOPTS_VALUE ? frame.pts : frame.best_effort_timestamp;
  if (longest_ > 0.0 && stamp != AV_NOPTS_VALUE) {
    const double gap = static_cast<double>(stamp) * time_base_ - origin_ + shift_ - expected_;
    if (gap >= kLeastGap && gap <= std::min(longest_, left_)) {
      step.silence = std::llround(gap * kSampleRate);
      left_ -= gap;
      expected_ += gap;
    } else if (!(std::abs(gap) < kLeastGap)) {
      if (gap > 0.0) step.jump = gap;
      shift_ -= gap;
    }
  }
  expected_ += length;
  return step;
}

}  // namespace seben::audio
