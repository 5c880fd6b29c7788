// SPDX-License-Identifier: Apache-2.0
#include "cli/live_source.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <vector>

#include "audio/decoder.h"
#include "audio/pcm_reader.h"
#include "base/interrupt.h"
#include "seben/error.h"

namespace seben::cli {
namespace {

class StandardInput : public LiveSource {
 public:
  explicit StandardInput(int rate) : reader_("standard input", rate) {
    while (!ended_ && !reader_.sample_rate()) {
      fill();
      base::throw_if_interrupted();
    }
  }
  [[nodiscard]] int sample_rate() const noexcept override {
    return reader_.sample_rate().value_or(audio::kSampleRate);  // nothing came at all
  }
  std::size_t read(std::span<float> out, const std::stop_token& stop) override {
    while (samples_.size() == at_ && !ended_ && !stop.stop_requested()) fill();
    const std::size_t count = std::min(out.size(), samples_.size() - at_);
    std::copy_n(samples_.begin() + static_cast<std::ptrdiff_t>(at_), count, out.begin());
    at_ += count;
    if (at_ == samples_.size()) {
      samples_.clear();
      at_ = 0;
    }
    return count;
  }

 private:
  // What is there, or after a tenth of a second nothing.
  void fill() {
    pollfd readable{STDIN_FILENO, POLLIN, 0};
    if (::poll(&readable, 1, 100) <= 0) return;
    const ssize_t count = ::read(STDIN_FILENO, bytes_.data(), bytes_.size());
    if (count > 0) return reader_.push(std::span(bytes_).first(static_cast<std::size_t>(count)), samples_);
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) return;
    if (count < 0) throw Error(ErrorCategory::no_input, "standard input", "to be read", std::strerror(errno));
    ended_ = true;
    reader_.finish(samples_);
  }

  audio::PcmReader reader_;
  std::array<std::byte, 1U << 14U> bytes_{};
  std::vector<float> samples_;
  std::size_t at_ = 0;
  bool ended_ = false;
};

class RecordedSound : public LiveSource {
 public:
  explicit RecordedSound(const std::string& path) : decoder_(audio::AudioDecoder::open(path)) {}
  [[nodiscard]] int sample_rate() const noexcept override { return audio::kSampleRate; }
  std::size_t read(std::span<float> out, const std::stop_token& stop) override {
    return stop.stop_requested() ? 0 : decoder_.read(out);
  }

 private:
  audio::AudioDecoder decoder_;
};

}  // namespace

std::unique_ptr<LiveSource> open_standard_input(int rate) { return std::make_unique<StandardInput>(rate); }
std::unique_ptr<LiveSource> open_recording(const std::string& path) { return std::make_unique<RecordedSound>(path); }

}  // namespace seben::cli
