// SPDX-License-Identifier: Apache-2.0
// What a block of deflate's symbols costs in bits, in the cheapest of the three forms that the format has.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace seben::generate {

/// Symbols of one block (RFC 1951), counted; the codes are built as zlib builds them, ties included.
class HuffmanBlock {
 public:
  HuffmanBlock();
  void literal(unsigned char byte);
  /// `length` 3..258, `distance` 1..32768.
  void match(std::size_t length, std::size_t distance);
  /// The stream's bits once this block, of `bytes` bytes of text, follows `before` bits.
  [[nodiscard]] std::uint64_t finish(std::uint64_t before, std::size_t bytes) const;

 private:
  std::array<std::uint32_t, 286> literals_{};
  std::array<std::uint32_t, 30> distances_{};
};

}  // namespace seben::generate
