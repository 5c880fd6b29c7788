// SPDX-License-Identifier: Apache-2.0
#include "fetch/sha1.h"

#include <algorithm>
#include <bit>

namespace seben::fetch {

void Sha1::take_block() {
  std::array<std::uint32_t, 80> w{};
  for (std::size_t i = 0; i < 16; ++i) {
    for (std::size_t j = 0; j < 4; ++j) w[i] = w[i] << 8 | std::to_integer<std::uint32_t>(block_[4 * i + j]);
  }
  for (std::size_t i = 16; i < 80; ++i) w[i] = std::rotl(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
  auto [a, b, c, d, e] = hash_;
  for (std::size_t i = 0; i < 80; ++i) {
    std::uint32_t f = b ^ c ^ d, k = i < 40 ? 0x6ED9EBA1U : 0xCA62C1D6U;
    if (i < 20) {
      f = (b & c) | (~b & d);
      k = 0x5A827999U;
    } else if (i >= 40 && i < 60) {
      f = (b & c) | (b & d) | (c & d);
      k = 0x8F1BBCDCU;
    }
    const std::uint32_t next = std::rotl(a, 5) + f + e + k + w[i];
    e = d;
    d = c;
    c = std::rotl(b, 30);
    b = a;
    a = next;
  }
  const std::array<std::uint32_t, 5> step{a, b, c, d, e};
  for (std::size_t i = 0; i < 5; ++i) hash_[i] += step[i];
}

void Sha1::update(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const std::size_t used = size_ % block_.size();
    const std::size_t taken = std::min(bytes.size(), block_.size() - used);
    std::copy_n(bytes.begin(), taken, block_.begin() + static_cast<std::ptrdiff_t>(used));
    size_ += taken;
    bytes = bytes.subspan(taken);
    if (size_ % block_.size() == 0) take_block();
  }
}

std::string Sha1::finish_hex() {
  const std::uint64_t bits = size_ * 8;
  const std::array<std::byte, 1> one{std::byte{0x80}}, zero{};
  update(one);
  while (size_ % block_.size() != 56) update(zero);
  std::array<std::byte, 8> length{};
  for (std::size_t i = 0; i < 8; ++i) length[i] = static_cast<std::byte>(bits >> (56 - 8 * i));
  update(length);
  std::string text;
  for (const std::uint32_t word : hash_) {
    for (int shift = 28; shift >= 0; shift -= 4) text += "0123456789abcdef"[word >> shift & 0xFU];
  }
  return text;
}

bool is_sha1_hex(std::string_view text) noexcept {
  return text.size() == 40 &&
         std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace seben::fetch
