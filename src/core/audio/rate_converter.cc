// SPDX-License-Identifier: Apache-2.0
#include "audio/rate_converter.h"

#include <algorithm>
#include <cstdint>
#include <new>
#include <string>

#include "audio/decoder.h"
#include "audio/resampler.h"
#include "seben/error.h"

namespace seben::audio {

class RateConverter::Impl {
 public:
  explicit Impl(int sample_rate) : resampler_("stream", kAllChannels, 1), frame_(av_frame_alloc()) {
    if (!frame_) throw std::bad_alloc();
    frame_->format = AV_SAMPLE_FMT_FLT;
    frame_->sample_rate = sample_rate;
#if SEBEN_FFMPEG_CH_LAYOUT
    av_channel_layout_default(&frame_->ch_layout, 1);
#else
    frame_->channels = 1;
    frame_->channel_layout = AV_CH_LAYOUT_MONO;
#endif
  }

  void push(std::span<const float> samples, std::vector<float>& out) {
    constexpr std::size_t kMost = std::size_t{1} << 20U;
    for (; !samples.empty(); samples = samples.subspan(std::min(samples.size(), kMost))) {
      const auto part = samples.first(std::min(samples.size(), kMost));
      buffer_.assign(part.begin(), part.end());
      frame_->data[0] = reinterpret_cast<std::uint8_t*>(buffer_.data());
      frame_->extended_data = frame_->data;
      frame_->nb_samples = static_cast<int>(part.size());
      resampler_.push(*frame_, whole_);
      hand_over(out);
    }
    frame_->data[0] = nullptr;
  }
  void finish(std::vector<float>& out) {
    resampler_.flush(whole_);
    hand_over(out);
  }

 private:
  void hand_over(std::vector<float>& out) {
    for (const std::int16_t x : whole_) out.push_back(static_cast<float>(x) / 32768.0F);
    whole_.clear();
  }

  Resampler resampler_;
  FfmpegPtr<AVFrame> frame_;
  std::vector<float> buffer_;
  std::vector<std::int16_t> whole_;
};

RateConverter::RateConverter(int sample_rate) {
  if (sample_rate < 8000 || sample_rate > 48000) {
    throw Error(ErrorCategory::usage, "stream: sample rate", "8000 to 48000 Hz", std::to_string(sample_rate) + " Hz");
  }
  if (sample_rate != kSampleRate) impl_ = std::make_unique<Impl>(sample_rate);
}
RateConverter::RateConverter(RateConverter&&) noexcept = default;
RateConverter& RateConverter::operator=(RateConverter&&) noexcept = default;
RateConverter::~RateConverter() = default;

void RateConverter::push(std::span<const float> samples, std::vector<float>& out) {
  if (impl_) return impl_->push(samples, out);
  out.insert(out.end(), samples.begin(), samples.end());
}

void RateConverter::finish(std::vector<float>& out) {
  if (impl_) impl_->finish(out);
}

}  // namespace seben::audio
