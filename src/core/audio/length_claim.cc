// SPDX-License-Identifier: Apache-2.0
#include "audio/length_claim.h"

#include <cstring>
#include <optional>
#include <string_view>

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

LengthClaim of_wav(Bytes head) noexcept {
  std::optional<std::uint64_t> wide;  // of RF64, whose 32-bit size is all ones
  for (std::size_t at = 12; at + 8 <= head.size();) {
    const std::uint64_t size = little(head.subspan(at + 4, 4));
    if (has(head, at, "data")) return claim(wide && size == kAllOnes ? *wide == 0 : means_unknown(size));
    if (has(head, at, "ds64") && at + 24 <= head.size()) wide = little(head.subspan(at + 16, 8));
    at += 8 + static_cast<std::size_t>(size + size % 2);
  }
  return LengthClaim::none;
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

LengthClaim length_claim(Bytes head) noexcept {
  if ((has(head, 0, "RIFF") || has(head, 0, "RF64")) && has(head, 8, "WAVE")) return of_wav(head);
  if (has(head, 0, "caff")) return of_caf(head);
  return LengthClaim::none;
}

}  // namespace seben::audio
