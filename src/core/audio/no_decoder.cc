// SPDX-License-Identifier: Apache-2.0
// In place of decoder.cc where the library is built without a reader of recordings (SEBEN_AUDIO=none): samples only.
#include "audio/decoder.h"
#include "audio/ffmpeg_process.h"
#include "audio/rate_converter.h"
#include "seben/error.h"

namespace seben::audio {

class AudioDecoder::Impl {};

namespace {

[[noreturn]] void refuse(const std::string& name) {
  throw Error(ErrorCategory::usage, name, "samples: this library was built without a reader of recordings",
              "a recording (SEBEN_AUDIO=ffmpeg reads them)");
}

}  // namespace

AudioDecoder::AudioDecoder(std::unique_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
AudioDecoder::AudioDecoder(AudioDecoder&&) noexcept = default;
AudioDecoder& AudioDecoder::operator=(AudioDecoder&&) noexcept = default;
AudioDecoder::~AudioDecoder() = default;

AudioDecoder AudioDecoder::open(const std::string& path, int) { refuse(path); }
AudioDecoder AudioDecoder::open(std::unique_ptr<ByteSource> source, int) { refuse(source->name()); }
Replay Replay::open(std::unique_ptr<ByteSource> source) { refuse(source->name()); }

// No object ever exists; what follows only completes the interface.
std::size_t AudioDecoder::read(std::span<float>) { refuse("recording"); }
std::int64_t AudioDecoder::samples_read() const noexcept { return 0; }
std::size_t AudioDecoder::warning_count() const noexcept { return 0; }

const AudioInfo& AudioDecoder::info() const noexcept {
  static const AudioInfo none;
  return none;
}

const std::vector<Warning>& AudioDecoder::warnings() const noexcept {
  static const std::vector<Warning> none;
  return none;
}

AudioDecoder Replay::decoder(int) { refuse(source_->name()); }
std::vector<float> read_all(AudioDecoder&) { return {}; }
void set_ffmpeg_for_this_process(int, std::size_t) noexcept {}

class RateConverter::Impl {};
RateConverter::RateConverter(int sample_rate) {
  if (sample_rate == kSampleRate) return;
  throw Error(ErrorCategory::usage, "stream: sample rate",
              "16000 Hz: this library was built without a reader of recordings", std::to_string(sample_rate) + " Hz");
}
RateConverter::RateConverter(RateConverter&&) noexcept = default;
RateConverter& RateConverter::operator=(RateConverter&&) noexcept = default;
RateConverter::~RateConverter() = default;
void RateConverter::push(std::span<const float> samples, std::vector<float>& out) {
  out.insert(out.end(), samples.begin(), samples.end());
}
void RateConverter::finish(std::vector<float>&) {}

}  // namespace seben::audio
