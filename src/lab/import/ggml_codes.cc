// SPDX-License-Identifier: Apache-2.0
#include "import/ggml_codes.h"

#include <array>
#include <cstdint>
#include <cstring>

namespace seben::models {
namespace {

using tensor::GgmlType;

constexpr std::size_t kBlock = 32, kHalf = 16;

struct BlockLayout {
  int bits = 8;
  bool offset = false;  // an f16 behind the scale: no code is zero
};

BlockLayout layout_of(GgmlType type) {
  switch (type) {
    case GgmlType::q4_0: return {4, false};
    case GgmlType::q4_1: return {4, true};
    case GgmlType::q5_0: return {5, false};
    case GgmlType::q5_1: return {5, true};
    default: return {8, false};
  }
}

// The integers of a block, counted from the smallest that there is. ggml has element j in the low half of byte j,
// element j + 16 in its high half, and fifth bits in a word of their own.
std::array<std::uint8_t, kBlock> integers_of(const std::byte* block, const BlockLayout& layout) {
  std::array<std::uint8_t, kBlock> out{};
  const std::byte* at = block + (layout.offset ? 4 : 2);
  if (layout.bits == 8) {
    for (std::size_t j = 0; j < kBlock; ++j) {
      out[j] = static_cast<std::uint8_t>(static_cast<std::uint8_t>(at[j]) ^ 0x80U);  // -128 becomes 0
    }
    return out;
  }
  std::uint32_t fifth = 0;
  if (layout.bits == 5) std::memcpy(&fifth, at, 4), at += 4;
  for (std::size_t j = 0; j < kHalf; ++j) {
    const auto byte = static_cast<std::uint32_t>(at[j]);
    out[j] = static_cast<std::uint8_t>((byte & 15U) | ((fifth >> j & 1U) << 4U));
    out[j + kHalf] = static_cast<std::uint8_t>((byte >> 4U) | ((fifth >> (j + kHalf) & 1U) << 4U));
  }
  return out;
}

// Lowest bits first; 32 codes are whole bytes.
void pack(const std::array<std::uint8_t, kBlock>& integers, int bits, std::byte* codes) {
  std::uint32_t held = 0;
  int have = 0;
  for (const std::uint8_t integer : integers) {
    held |= static_cast<std::uint32_t>(integer) << have;
    for (have += bits; have >= 8; have -= 8, held >>= 8) *codes++ = static_cast<std::byte>(held & 0xFFU);
  }
}

}  // namespace

quant::CodecSpec codec_of_blocks(GgmlType type) {
  const BlockLayout layout = layout_of(type);
  quant::CodecSpec spec;
  spec.bits = layout.bits;
  spec.group = static_cast<int>(kBlock);
  spec.symmetric = !layout.offset;
  return spec;
}

quant::CodedMatrix codes_of_blocks(const tensor::GgmlTensor& tensor, const std::string& name) {
  const BlockLayout layout = layout_of(tensor.type);
  const std::size_t size = tensor::block_bytes(tensor.type), blocks = tensor.data.size() / size;
  const std::size_t code_bytes = kBlock * static_cast<std::size_t>(layout.bits) / 8;
  quant::CodedMatrix out{name,
                         codec_of_blocks(tensor.type),
                         tensor.shape,
                         std::vector<std::byte>(blocks * code_bytes),
                         std::vector<std::byte>(2 * blocks),
                         std::vector<std::byte>(layout.offset ? 2 * blocks : 0)};
  for (std::size_t b = 0; b < blocks; ++b) {
    const std::byte* block = tensor.data.data() + b * size;
    std::memcpy(out.scales.data() + 2 * b, block, 2);
    if (layout.offset) std::memcpy(out.zeros.data() + 2 * b, block + 2, 2);
    pack(integers_of(block, layout), layout.bits, out.codes.data() + b * code_bytes);
  }
  return out;
}

}  // namespace seben::models
