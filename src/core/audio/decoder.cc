// SPDX-License-Identifier: Apache-2.0
#include "audio/decoder.h"

#include <algorithm>
#include <new>
#include <utility>

#include "audio/demuxer.h"
#include "audio/ffmpeg_process.h"
#include "audio/packet_decoder.h"
#include "audio/resampler.h"
#include "audio/sound_check.h"
#include "audio/spool.h"
#include "audio/timeline.h"
#include "base/format.h"
#include "seben/error.h"

namespace seben::audio {
namespace {

constexpr std::size_t kKeptWarnings = 100;
constexpr double kLeastMissing = 0.5;  // seconds of a declared length, which some muxers round
constexpr int kMaxFlushErrors = 100;   // a decoder that only fails must not be asked for ever

template <typename T>
FfmpegPtr<T> checked(T* object) {
  if (object == nullptr) throw std::bad_alloc();
  return FfmpegPtr<T>(object);
}

AudioInfo info_of(const AVFormatContext& format, const AVStream& stream) {
  AudioInfo info;
  info.container = format.iformat->name;
  info.codec = avcodec_get_name(stream.codecpar->codec_id);
  info.sample_rate = stream.codecpar->sample_rate;
#if SEBEN_FFMPEG_CH_LAYOUT
  info.channels = stream.codecpar->ch_layout.nb_channels;
#else
  info.channels = stream.codecpar->channels;
#endif
  info.duration_seconds = length_of(format, stream);
  return info;
}

}  // namespace

class AudioDecoder::Impl {
 public:
  Impl(std::unique_ptr<ByteSource> source, int channel)
      : demuxer_(spool_if_needed(std::move(source))),
        codec_(demuxer_.stream(), demuxer_.name()),
        info_(info_of(demuxer_.format(), demuxer_.stream())),
        resampler_(demuxer_.name(), channel, info_.channels),
        timeline_(demuxer_.format(), demuxer_.stream()),
        packet_(checked(av_packet_alloc())),
        frame_(checked(av_frame_alloc())) {}

  std::size_t read(std::span<float> out) {
    std::size_t done = 0;
    while (done < out.size()) {
      const std::size_t until = next_pause_ < pauses_.size() ? pauses_[next_pause_].at : pending_.size();
      if (taken_ == until) {
        if (next_pause_ < pauses_.size()) {
          done += pause(out.subspan(done));
        } else if (state_ == State::finished) {
          break;
        } else {
          advance();
        }
        continue;
      }
      const std::size_t count = std::min(out.size() - done, until - taken_);
      std::transform(pending_.begin() + static_cast<std::ptrdiff_t>(taken_),
                     pending_.begin() + static_cast<std::ptrdiff_t>(taken_ + count),
                     out.begin() + static_cast<std::ptrdiff_t>(done),
                     [](std::int16_t sample) { return static_cast<float>(sample) / 32768.0F; });
      taken_ += count;
      done += count;
    }
    samples_read_ += static_cast<std::int64_t>(done);
    return done;
  }

  [[nodiscard]] const AudioInfo& info() const noexcept { return info_; }
  [[nodiscard]] std::int64_t samples_read() const noexcept { return samples_read_; }
  [[nodiscard]] const std::vector<Warning>& warnings() const noexcept { return warnings_; }
  [[nodiscard]] std::size_t warning_count() const noexcept { return warning_count_; }

 private:
  enum class State { reading, draining, finished };

  // Silence in what was decoded; it may be long, so it is not stored.
  struct Pause {
    std::size_t at = 0;  // of pending_
    std::int64_t samples = 0;
  };

  // Fills in what is left of the next pause.
  std::size_t pause(std::span<float> out) {
    std::int64_t& left = pauses_[next_pause_].samples;
    const std::size_t count = std::min(out.size(), static_cast<std::size_t>(left));
    std::fill_n(out.begin(), count, 0.0F);
    left -= static_cast<std::int64_t>(count);
    if (left == 0) ++next_pause_;
    return count;
  }

  // One step: the frames of one packet, or the end of the stream, then of the codec, then of the resampler.
  void advance() {
    pending_.clear();
    pauses_.clear();
    taken_ = next_pause_ = 0;
    if (state_ == State::reading) {
      read_packet();
    } else {
      drain();
    }
    produced_ += static_cast<std::int64_t>(pending_.size());
  }

  void read_packet() {
    const int status = demuxer_.next(*packet_);
    if (status < 0) {
      packet_warned_ = false;
      if (status != AVERROR_EOF) warn("reading stopped: " + ffmpeg_message(status));
      state_ = State::draining;
      draining_error_ = codec_.send(nullptr);
      return;
    }
    packet_seconds_ = seconds_of(*packet_);
    packet_warned_ = false;
    const int sent = codec_.send(packet_.get());
    if (sent < 0 && sent != AVERROR(EAGAIN) && sent != AVERROR_EOF) {
      warn("packet skipped: " + ffmpeg_message(sent));
      return;
    }
    while (receive()) {
    }
    if ((packet_->flags & AV_PKT_FLAG_CORRUPT) != 0 && !ends_as_expected()) warn("damaged or cut packet");
  }

  void drain() {
    int errors = 0;
    while (draining_error_ >= 0 && errors < kMaxFlushErrors) {
      const int status = codec_.receive(*frame_);
      if (status == AVERROR_EOF || status == AVERROR(EAGAIN)) break;
      if (status < 0) {
        ++errors;
        continue;
      }
      take_frame();
    }
    resampler_.flush(pending_);
    state_ = State::finished;
    if (produced_ == 0 && pending_.empty()) refuse_silence_of_the_file();
    warn_of_the_whole();
  }

  // What shows at the end only, each at most once in a recording.
  void warn_of_the_whole() {
    const double end = static_cast<double>(produced_ + static_cast<std::int64_t>(pending_.size())) / kSampleRate;
    const auto tell = [&](double seconds, std::string text) {
      ++warning_count_;
      warnings_.push_back({seconds, std::move(text)});
    };
    if (const auto text = sound_.clipped()) tell(0.0, *text);
    if (const auto text = sound_.cancelled()) tell(0.0, *text);
    const std::optional<double> declared = demuxer_.declared_seconds();
    if (declared && end + kLeastMissing < *declared) {
      tell(end, base::format("the end, of {:.2f} s that the file declares: cut, or not all of it could be decoded",
                             *declared));
    }
  }

  // Whether there was a frame. One that cannot be decoded costs its packet, nothing else.
  bool receive() {
    const int status = codec_.receive(*frame_);
    if (status == AVERROR(EAGAIN) || status == AVERROR_EOF) return false;
    if (status < 0) {
      warn("packet skipped: " + ffmpeg_message(status));
      return false;
    }
    take_frame();
    return true;
  }

  void take_frame() {
    if (frame_->decode_error_flags != 0) warn("damaged packet, concealed by the decoder");
    note_odd_samples(silence_odd_samples(*frame_));
    follow(timeline_.place(*frame_));
    resampler_.push(*frame_, pending_);
    sound_.add(*frame_);
    av_frame_unref(frame_.get());
  }

  void follow(const Timeline::Step& step) {
    if (step.jump > 0.0) warn(base::format("times that jump by {:.1f} s: not followed", step.jump));
    if (step.silence == 0) return;
    resampler_.flush(pending_);
    pauses_.push_back({pending_.size(), step.silence});
    produced_ += step.silence;
  }

  // One line for a row of packets that hold such samples.
  void note_odd_samples(std::size_t count) {
    const bool goes_on = odd_samples_ > 0;
    odd_samples_ = count == 0 ? 0 : odd_samples_ + count;
    if (count == 0) return;
    std::string text =
        std::to_string(odd_samples_) +
        (odd_samples_ == 1 ? " sample that is no finite number" : " samples that are no finite numbers") +
        ", taken as silence";
    if (!goes_on) {
      odd_warning_ = warnings_.size();
      warn(std::move(text));
    } else if (odd_warning_ < warnings_.size()) {
      warnings_[odd_warning_].text = std::move(text);
    }
  }

  // What was written to a pipe does not know its length: its last packet is merely shorter.
  [[nodiscard]] bool ends_as_expected() const {
    if (av_get_exact_bits_per_sample(demuxer_.stream().codecpar->codec_id) == 0) return false;
    const LengthClaim claim = demuxer_.length_claim();
    return claim == LengthClaim::open || (claim == LengthClaim::none && demuxer_.stream().duration == AV_NOPTS_VALUE);
  }

  [[nodiscard]] double seconds_of(const AVPacket& packet) const {
    const std::int64_t time = packet.pts != AV_NOPTS_VALUE ? packet.pts : packet.dts;
    return time == AV_NOPTS_VALUE ? static_cast<double>(produced_) / kSampleRate : timeline_.seconds(time);
  }

  // At most one a packet.
  void warn(std::string text) {
    if (packet_warned_) return;
    packet_warned_ = true;
    ++warning_count_;
    if (warnings_.size() < kKeptWarnings) warnings_.push_back({packet_seconds_, std::move(text)});
  }

  [[noreturn]] void refuse_silence_of_the_file() const {
    if (warning_count_ == 0) {
      throw Error(ErrorCategory::bad_data, demuxer_.name(), "at least one audio sample",
                  "none in its " + info_.codec + " stream");
    }
    throw Error(ErrorCategory::bad_data, demuxer_.name(), "at least one packet of " + info_.codec + " to decode",
                "none (" + std::to_string(warning_count_) + " failed; first: " + warnings_.front().text + ")");
  }

  Demuxer demuxer_;
  PacketDecoder codec_;
  AudioInfo info_;
  Resampler resampler_;
  Timeline timeline_;
  SoundCheck sound_;
  FfmpegPtr<AVPacket> packet_;
  FfmpegPtr<AVFrame> frame_;
  State state_ = State::reading;
  int draining_error_ = 0;
  std::vector<std::int16_t> pending_;  // decoded, not yet read
  std::vector<Pause> pauses_;          // in pending_
  std::size_t next_pause_ = 0;         // of pauses_
  std::size_t taken_ = 0;              // of pending_
  std::int64_t produced_ = 0;          // samples decoded before pending_
  std::int64_t samples_read_ = 0;
  double packet_seconds_ = 0.0;
  bool packet_warned_ = false;
  std::size_t odd_samples_ = 0;  // in the packets up to now, without one between them that has none
  std::size_t odd_warning_ = 0;  // where they are told
  std::vector<Warning> warnings_;
  std::size_t warning_count_ = 0;
};

AudioDecoder AudioDecoder::open(const std::string& path, int channel) { return open(open_byte_source(path), channel); }

AudioDecoder AudioDecoder::open(std::unique_ptr<ByteSource> source, int channel) {
  return AudioDecoder(std::make_unique<Impl>(std::move(source), channel));
}

AudioDecoder::AudioDecoder(std::unique_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
AudioDecoder::AudioDecoder(AudioDecoder&&) noexcept = default;
AudioDecoder& AudioDecoder::operator=(AudioDecoder&&) noexcept = default;
AudioDecoder::~AudioDecoder() = default;

std::size_t AudioDecoder::read(std::span<float> out) { return impl_->read(out); }
const AudioInfo& AudioDecoder::info() const noexcept { return impl_->info(); }
std::int64_t AudioDecoder::samples_read() const noexcept { return impl_->samples_read(); }
const std::vector<Warning>& AudioDecoder::warnings() const noexcept { return impl_->warnings(); }
std::size_t AudioDecoder::warning_count() const noexcept { return impl_->warning_count(); }

Replay Replay::open(std::unique_ptr<ByteSource> source) { return Replay(spool(std::move(source))); }

AudioDecoder Replay::decoder(int channel) { return AudioDecoder::open(from_the_beginning(*source_), channel); }

std::vector<float> read_all(AudioDecoder& decoder) {
  constexpr std::size_t kBlock = 65536;
  std::vector<float> samples;
  while (true) {
    const std::size_t before = samples.size();
    samples.resize(before + kBlock);
    const std::size_t got = decoder.read(std::span<float>(samples).subspan(before));
    samples.resize(before + got);
    if (got == 0) return samples;
  }
}

void set_ffmpeg_for_this_process(int log_level, std::size_t most_bytes) noexcept {
  av_log_set_level(log_level);
  if (most_bytes != 0) av_max_alloc(most_bytes);
}

}  // namespace seben::audio
