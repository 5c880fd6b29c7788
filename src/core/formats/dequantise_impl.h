// SPDX-License-Identifier: Apache-2.0
// The arithmetic of dequantise, compiled once for each instruction set, see base/dispatch.h. Every
// product of an integer of at most 8 bits and an f16 scale is exact in a float, so that fused and separate additions
// give the same bits.
#include <cstdint>
#include <cstring>

#include "base/float16.h"
#include "formats/dequantise_ops.h"

namespace seben::tensor::SEBEN_SIMD_NAMESPACE {

inline constexpr std::size_t kBlock = 32, kHalf = 16;

inline float half_at(const std::byte* bytes) {
  std::uint16_t bits = 0;
  std::memcpy(&bits, bytes, sizeof(bits));
  return base::f16_to_f32(bits);
}

// Element j is the low half of byte j, element j + 16 its high half; `fifth` holds one more bit of each element.
inline void nibbles(const std::byte* packed, std::uint32_t fifth, std::int32_t* out) {
  for (std::size_t j = 0; j < kHalf; ++j) {
    const auto byte = static_cast<std::uint32_t>(packed[j]);
    out[j] = static_cast<std::int32_t>((byte & 15U) | ((fifth >> j & 1U) << 4U));
    out[j + kHalf] = static_cast<std::int32_t>((byte >> 4U) | ((fifth >> (j + kHalf) & 1U) << 4U));
  }
}

inline void scaled(const std::int32_t* integers, std::int32_t zero, float scale, float* out) {
  for (std::size_t j = 0; j < kBlock; ++j) out[j] = static_cast<float>(integers[j] - zero) * scale;
}

inline void scaled_from(const std::int32_t* integers, float scale, float offset, float* out) {
  for (std::size_t j = 0; j < kBlock; ++j) out[j] = static_cast<float>(integers[j]) * scale + offset;
}

inline std::uint32_t word_at(const std::byte* bytes) {
  std::uint32_t word = 0;
  std::memcpy(&word, bytes, sizeof(word));
  return word;
}

template <GgmlType type>
void one_block(const std::byte* block, float* out) {
  std::int32_t integers[kBlock];
  const float scale = half_at(block);
  if constexpr (type == GgmlType::q4_0) {
    nibbles(block + 2, 0, integers);
    scaled(integers, 8, scale, out);
  } else if constexpr (type == GgmlType::q4_1) {
    nibbles(block + 4, 0, integers);
    scaled_from(integers, scale, half_at(block + 2), out);
  } else if constexpr (type == GgmlType::q5_0) {
    nibbles(block + 6, word_at(block + 2), integers);
    scaled(integers, 16, scale, out);
  } else if constexpr (type == GgmlType::q5_1) {
    nibbles(block + 8, word_at(block + 4), integers);
    scaled_from(integers, scale, half_at(block + 2), out);
  } else {
    static_assert(type == GgmlType::q8_0);
    for (std::size_t j = 0; j < kBlock; ++j) {
      out[j] = static_cast<float>(static_cast<std::int8_t>(block[2 + j])) * scale;
    }
  }
}

template <GgmlType type>
void all_blocks(const std::byte* blocks, std::size_t count, std::size_t size, float* out) {
  for (std::size_t i = 0; i < count; ++i) one_block<type>(blocks + i * size, out + i * kBlock);
}

// `count` blocks of `size` bytes.
inline void dequantise_blocks(GgmlType type, const std::byte* blocks, std::size_t count, std::size_t size, float* out) {
  switch (type) {
    case GgmlType::q4_0: all_blocks<GgmlType::q4_0>(blocks, count, size, out); break;
    case GgmlType::q4_1: all_blocks<GgmlType::q4_1>(blocks, count, size, out); break;
    case GgmlType::q5_0: all_blocks<GgmlType::q5_0>(blocks, count, size, out); break;
    case GgmlType::q5_1: all_blocks<GgmlType::q5_1>(blocks, count, size, out); break;
    case GgmlType::q8_0: all_blocks<GgmlType::q8_0>(blocks, count, size, out); break;
    case GgmlType::f32: std::memcpy(out, blocks, count * size); break;
    case GgmlType::f16: base::f16_bytes_to_f32(blocks, {out, count}); break;
  }
}

extern const DequantiseOps dequantise_ops;
const DequantiseOps dequantise_ops = {SEBEN_SIMD_NAME, dequantise_blocks};

}  // namespace seben::tensor::SEBEN_SIMD_NAMESPACE
