// SPDX-License-Identifier: Apache-2.0
#include "base/sha256.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/file.h"
#include "base/interrupt.h"
#include "base/sha256_blocks.h"

namespace seben::base {
namespace {

// FIPS 180-4, section 5.3.3.
constexpr Sha256State kInitial = {0x6a09e667U, 0xbb67ae85U, 0x3c6ef372U, 0xa54ff53aU,
                                  0x510e527fU, 0x9b05688cU, 0x1f83d9abU, 0x5be0cd19U};

}  // namespace

Sha256::Sha256() : hash_(kInitial) {}

void Sha256::update(std::span<const std::byte> bytes) {
  const std::size_t waiting = size_ % kSha256Block;
  size_ += bytes.size();
  if (waiting != 0) {
    const std::size_t taken = std::min(kSha256Block - waiting, bytes.size());
    std::copy_n(bytes.begin(), taken, block_.begin() + static_cast<std::ptrdiff_t>(waiting));
    if (waiting + taken < kSha256Block) return;
    sha256_blocks(hash_, block_.data(), 1);
    bytes = bytes.subspan(taken);
  }
  sha256_blocks(hash_, bytes.data(), bytes.size() / kSha256Block);
  const auto rest = bytes.last(bytes.size() % kSha256Block);
  std::copy(rest.begin(), rest.end(), block_.begin());
}

void Sha256::update(std::string_view text) { update(std::as_bytes(std::span(text.data(), text.size()))); }

std::string Sha256::finish_hex() {
  const std::uint64_t bits = size_ * 8;
  std::array<std::byte, 2 * kSha256Block> end{std::byte{0x80}};
  const std::size_t waiting = size_ % kSha256Block;
  const std::size_t padding = (waiting < 56 ? 56 : 120) - waiting;
  for (std::size_t i = 0; i < 8; ++i) end[padding + i] = static_cast<std::byte>(bits >> (56 - 8 * i));
  update(std::span<const std::byte>(end).first(padding + 8));

  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const std::uint32_t word : hash_) {
    for (int shift = 28; shift >= 0; shift -= 4) text += digits[(word >> shift) & 15U];
  }
  return text;
}

std::string sha256_hex(std::span<const std::byte> bytes) {
  Sha256 digest;
  digest.update(bytes);
  return digest.finish_hex();
}

std::string sha256_hex(std::string_view text) { return sha256_hex(std::as_bytes(std::span(text.data(), text.size()))); }

std::string sha256_file(const std::string& path) {
  const MappedFile file = MappedFile::open(path);
  file.advise_sequential();
  Sha256 digest;
  constexpr std::size_t piece = std::size_t{8} << 20;
  for (std::size_t offset = 0; offset < file.size(); offset += piece) {
    throw_if_interrupted();
    const std::size_t length = std::min(piece, file.size() - offset);
    digest.update(file.bytes().subspan(offset, length));
    file.release(offset, length);
  }
  return digest.finish_hex();
}

bool is_sha256_hex(std::string_view text) noexcept {
  return text.size() == 64 &&
         std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace seben::base
