// SPDX-License-Identifier: Apache-2.0
#include "audio/pcm_reader.h"

#include <algorithm>
#include <cstring>
#include <string_view>
#include <utility>

#include "base/format.h"
#include "seben/error.h"

namespace seben::audio {
namespace {

constexpr int kPlainRate = 16000;
constexpr std::uint64_t kLongestHeader = std::uint64_t{1} << 24U;
constexpr std::uint32_t kLongestFormat = 4096;
// Recorders that cannot know the size write one of these or more: no size.
constexpr std::uint32_t kNoSize = 0x7FFFF000;

}  // namespace

PcmReader::PcmReader(std::string source, int rate) : source_(std::move(source)), rate_(rate) {
  if (rate != 0 && (rate < 8000 || rate > 48000)) {
    throw Error(ErrorCategory::usage, source_ + ": sample rate", "8000 to 48000 Hz", base::format("{} Hz", rate));
  }
}

std::uint32_t PcmReader::number(std::size_t at, std::size_t bytes) const noexcept {
  std::uint32_t out = 0;
  for (std::size_t i = bytes; i-- > 0;) out = (out << 8U) | std::to_integer<std::uint32_t>(waiting_[at_ + at + i]);
  return out;
}

void PcmReader::drop(std::size_t bytes) {
  at_ += bytes;
  if (state_ != State::samples) header_ += bytes;
}

void PcmReader::push(std::span<const std::byte> bytes, std::vector<float>& out) {
  waiting_.insert(waiting_.end(), bytes.begin(), bytes.end());
  while (step(out)) {
    if (state_ != State::samples && header_ > kLongestHeader) {
      throw Error(ErrorCategory::bad_data, source_ + ": WAV", "samples within its first 16 MiB", "none");
    }
  }
  waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(at_));
  at_ = 0;
}

// One thing that the waiting bytes complete; false when more are needed.
bool PcmReader::step(std::vector<float>& out) {
  const std::size_t there = waiting_.size() - at_;
  const auto name = [&](std::size_t at) {
    return std::string_view(reinterpret_cast<const char*>(waiting_.data()) + at_ + at, 4);
  };
  switch (state_) {
    case State::start: {
      constexpr std::string_view kRiff = "RIFF";
      const std::size_t seen = std::min<std::size_t>(there, 4);
      if (seen == 0) return false;
      const bool may_be_wav = std::memcmp(waiting_.data() + at_, kRiff.data(), seen) == 0;
      if (may_be_wav && there < 12) return false;
      if (may_be_wav && name(8) == "WAVE") {
        drop(12);
        state_ = State::chunk;
        return true;
      }
      known_rate_ = rate_ == 0 ? kPlainRate : rate_;
      state_ = State::samples;
      return true;
    }
    case State::chunk: {
      if (there < 8) return false;
      const std::string_view id = name(0);
      const std::uint32_t size = number(4, 4);
      if (id == "data") {
        if (!has_format_)
          throw Error(ErrorCategory::bad_data, source_ + ": WAV", "its format before its samples", "none");
        if (size != 0 && size < kNoSize) size_ = size;
        drop(8);
        state_ = State::samples;
        return true;
      }
      left_ = std::uint64_t{size} + size % 2;
      if (id == "fmt " && (size < 16 || size > kLongestFormat)) {
        throw Error(ErrorCategory::bad_data, source_ + ": WAV: fmt", "16 to 4096 bytes", base::format("{}", size));
      }
      state_ = id == "fmt " ? State::format : State::skip;
      drop(8);
      return true;
    }
    case State::format: {
      if (there < left_) return false;
      read_format(std::span(waiting_).subspan(at_, static_cast<std::size_t>(left_)));
      drop(static_cast<std::size_t>(left_));
      state_ = State::chunk;
      return true;
    }
    case State::skip: {
      const auto part = static_cast<std::size_t>(std::min<std::uint64_t>(left_, there));
      drop(part);
      left_ -= part;
      if (left_ == 0) state_ = State::chunk;
      return part > 0 || left_ == 0;
    }
    case State::samples: read_samples(out); return state_ == State::behind;
    case State::behind: at_ = waiting_.size(); return false;
  }
  return false;
}

void PcmReader::read_format(std::span<const std::byte> fields) {
  const std::uint32_t kind = number(0, 2), channels = number(2, 2), rate = number(4, 4), bits = number(14, 2);
  // WAVE_FORMAT_EXTENSIBLE has the kind in the first two bytes of its GUID.
  const std::uint32_t real = kind == 0xFFFE && fields.size() >= 26 ? number(24, 2) : kind;
  const auto refuse = [&](const char* field, const std::string& expected, const std::string& found) {
    throw Error(ErrorCategory::bad_data, source_ + ": WAV: " + field, expected, found);
  };
  if (real != 1 || bits != 16) {
    refuse("format", "16-bit PCM (another: as a file)", base::format("kind {} of {} bits", real, bits));
  }
  if (channels < 1 || channels > 8) refuse("channels", "1 to 8", base::format("{}", channels));
  if (rate < 8000 || rate > 48000) refuse("sample rate", "8000 to 48000 Hz", base::format("{} Hz", rate));
  if (rate_ != 0 && static_cast<std::uint32_t>(rate_) != rate) {
    throw Error(ErrorCategory::usage, source_ + ": sample rate", base::format("{} Hz, as the WAV says", rate),
                base::format("{} Hz", rate_));
  }
  channels_ = channels;
  known_rate_ = static_cast<int>(rate);
  has_format_ = true;
}

void PcmReader::read_samples(std::vector<float>& out) {
  std::uint64_t bytes = waiting_.size() - at_;
  if (size_) bytes = std::min(bytes, *size_);
  const std::size_t frame = 2 * channels_;
  const auto frames = static_cast<std::size_t>(bytes / frame);
  out.reserve(out.size() + frames);
  for (std::size_t i = 0; i < frames; ++i, at_ += frame) {
    int sum = 0;
    for (std::size_t c = 0; c < channels_; ++c) sum += static_cast<std::int16_t>(number(2 * c, 2));
    out.push_back(static_cast<float>(sum) / (32768.0F * static_cast<float>(channels_)));
  }
  if (!size_) return;
  *size_ -= std::uint64_t{frames} * frame;
  if (*size_ < frame) state_ = State::behind;
}

void PcmReader::finish(std::vector<float>& out) {
  if (state_ == State::start && waiting_.size() - at_ >= 2) {  // too short for a header: samples
    known_rate_ = rate_ == 0 ? kPlainRate : rate_;
    state_ = State::samples;
    read_samples(out);
  }
  const std::size_t left = waiting_.size() - at_;
  if (state_ == State::chunk || state_ == State::format || state_ == State::skip) {
    throw Error(ErrorCategory::bad_data, source_ + ": WAV", "samples", "the end of its header");
  }
  if (state_ != State::behind && left > 0) {
    throw Error(ErrorCategory::bad_data, source_ + ": samples", "16-bit ones, an even number of bytes",
                base::format("{} left over", left));
  }
  if (size_ && state_ == State::samples && *size_ >= 2 * channels_) {
    throw Error(ErrorCategory::bad_data, source_ + ": WAV", "the samples that it announces",
                base::format("{} bytes less", *size_));
  }
}

}  // namespace seben::audio
