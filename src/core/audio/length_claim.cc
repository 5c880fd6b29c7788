// SPDX-License-Identifier: Apache-2.0
#include "audio/length_claim.h"

#include <charconv>
#include <cstring>
#include <optional>
#include <string_view>
#include <system_error>

namespace seben::audio {
namespace {

using Bytes = std::span<const std::uint8_t>;

constexpr std::uint64_t kAllOnes = 0xFFFFFFFF;

std::uint64_t little(Bytes bytes) noexcept {
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) value = value << 8 | bytes[i];
  return value;
}

std::uint64_t big(Bytes bytes) noexcept {
  std::uint64_t value = 0;
  for (const std::uint8_t b : bytes) value = value << 8 | b;
  return value;
}

bool has(Bytes head, std::size_t at, std::string_view four) noexcept {
  return head.size() >= at + four.size() && std::memcmp(head.data() + at, four.data(), four.size()) == 0;
}

// Programs write 0, all ones, or the largest number that they trust themselves with: about 2^31, less some head.
bool means_unknown(std::uint64_t size) noexcept {
  constexpr std::uint64_t kHead = 0x10000, kHalf = std::uint64_t{1} << 31;
  return size == 0 || size > kAllOnes - kHead || (size > kHalf - kHead && size < kHalf + kHead);
}

LengthClaim claim(bool unknown) noexcept { return unknown ? LengthClaim::open : LengthClaim::known; }

struct WavHead {
  bool is_pcm = false;
  std::uint64_t bytes_a_second = 0;
  std::optional<std::uint64_t> size;  // of the sound, as it is written
  bool unknown = false;               // which means that nobody knew
};

WavHead read_wav(Bytes head) noexcept {
  WavHead wav;
  if ((!has(head, 0, "RIFF") && !has(head, 0, "RF64")) || !has(head, 8, "WAVE")) return wav;
  constexpr std::uint64_t kPcm = 1, kFloat = 3, kExtensible = 0xFFFE;
  std::optional<std::uint64_t> wide;  // of RF64, whose 32-bit size is all ones
  for (std::size_t at = 12; at + 8 <= head.size();) {
    const std::uint64_t size = little(head.subspan(at + 4, 4));
    if (has(head, at, "data")) {
      const bool in_wide = wide && size == kAllOnes;
      wav.size = in_wide ? *wide : size;
      wav.unknown = in_wide ? *wide == 0 : means_unknown(size);
      return wav;
    }
    if (has(head, at, "ds64") && at + 24 <= head.size()) wide = little(head.subspan(at + 16, 8));
    if (has(head, at, "fmt ") && at + 24 <= head.size()) {
      const std::uint64_t tag = little(head.subspan(at + 8, 2));
      wav.is_pcm = tag == kPcm || tag == kFloat || tag == kExtensible;
      // Not the field of that name: programs that get it wrong go unnoticed elsewhere.
      wav.bytes_a_second = little(head.subspan(at + 12, 4)) * little(head.subspan(at + 20, 2));
    }
    at += 8 + static_cast<std::size_t>(size + size % 2);
  }
  return wav;
}

LengthClaim of_wav(Bytes head) noexcept {
  const WavHead wav = read_wav(head);
  return wav.size ? claim(wav.unknown) : LengthClaim::none;
}

LengthClaim of_caf(Bytes head) noexcept {
  for (std::size_t at = 8; at + 12 <= head.size();) {
    const std::uint64_t size = big(head.subspan(at + 4, 8));
    if (has(head, at, "data")) return claim(size == ~std::uint64_t{0});
    if (size > head.size()) break;
    at += 12 + static_cast<std::size_t>(size);
  }
  return LengthClaim::none;
}

}  // namespace

std::optional<double> wav_seconds(Bytes head) noexcept {
  const WavHead wav = read_wav(head);
  if (!wav.size || wav.unknown || !wav.is_pcm || wav.bytes_a_second == 0) return std::nullopt;
  return static_cast<double>(*wav.size) / static_cast<double>(wav.bytes_a_second);
}

std::optional<double> mp3_seconds(Bytes head) noexcept {
  constexpr std::size_t kTag = 10;  // of ID3v2, whose size has 7 bits a byte
  std::size_t at = 0;
  if (has(head, 0, "ID3") && head.size() >= kTag) {
    for (std::size_t i = 6; i < kTag; ++i) at = at << 7 | (head[i] & 0x7FU);
    at += kTag;
  }
  if (at + 4 > head.size()) return std::nullopt;
  const std::uint64_t frame = big(head.subspan(at, 4));
  const auto version = static_cast<unsigned>(frame >> 19 & 3), layer = static_cast<unsigned>(frame >> 17 & 3);
  const auto rate = static_cast<unsigned>(frame >> 10 & 3), mode = static_cast<unsigned>(frame >> 6 & 3);
  constexpr unsigned kReserved = 1, kMpeg1 = 3, kMono = 3, kLayer3 = 1;
  if (frame >> 21 != 0x7FF || version == kReserved || layer != kLayer3 || rate == 3) return std::nullopt;
  constexpr double kRates[] = {44100.0, 48000.0, 32000.0};
  const double hertz = kRates[rate] / (version == kMpeg1 ? 1.0 : version == 2 ? 2.0 : 4.0);
  const std::size_t side = version == kMpeg1 ? (mode == kMono ? 17 : 32) : (mode == kMono ? 9 : 17);
  const std::size_t tag = at + 4 + side;
  if ((!has(head, tag, "Xing") && !has(head, tag, "Info")) || tag + 12 > head.size()) return std::nullopt;
  const bool counted = (head[tag + 7] & 1U) != 0;
  const auto frames = static_cast<double>(big(head.subspan(tag + 8, 4)));
  if (!counted || frames == 0.0) return std::nullopt;
  return frames * (version == kMpeg1 ? 1152.0 : 576.0) / hertz;
}

std::optional<double> clock_seconds(std::string_view text) noexcept {
  const std::size_t minutes = text.find(':'), seconds = minutes == text.npos ? text.npos : text.find(':', minutes + 1);
  if (seconds == text.npos) return std::nullopt;
  double total = 0.0;
  for (const std::string_view part :
       {text.substr(0, minutes), text.substr(minutes + 1, seconds - minutes - 1), text.substr(seconds + 1)}) {
    double value = 0.0;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), value);
    if (error != std::errc() || end != part.data() + part.size() || !(value >= 0.0 && value < 1e6)) return std::nullopt;
    total = total * 60.0 + value;
  }
  return total;
}

LengthClaim length_claim(Bytes head) noexcept {
  if ((has(head, 0, "RIFF") || has(head, 0, "RF64")) && has(head, 8, "WAVE")) return of_wav(head);
  if (has(head, 0, "caff")) return of_caf(head);
  return LengthClaim::none;
}

}  // namespace seben::audio
