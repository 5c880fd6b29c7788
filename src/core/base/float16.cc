// SPDX-License-Identifier: Apache-2.0
#include "base/float16.h"

#include <bit>
#include <cstring>

namespace seben::base {
namespace {

std::uint16_t little_endian_16(const std::byte* bytes) noexcept {
  if constexpr (std::endian::native == std::endian::little) {
    std::uint16_t value = 0;  // one load, which vectorises
    std::memcpy(&value, bytes, sizeof value);
    return value;
  }
  return static_cast<std::uint16_t>(std::to_integer<std::uint32_t>(bytes[0]) | std::to_integer<std::uint32_t>(bytes[1])
                                                                                   << 8U);
}

// Inlined into the loops below, unlike a function that other libraries could replace.
inline float widen_f16(std::uint16_t bits) noexcept {
  const std::uint32_t sign = (bits & 0x8000U) << 16U;
  const std::uint32_t rest = bits & 0x7fffU;
  // Masks instead of branches, so that loops over this vectorise. Infinities and NaNs take the exponent once more.
  const std::uint32_t exponent = 0x38000000U + (rest >= 0x7c00U ? 0x38000000U : 0U);
  const std::uint32_t normal = (rest << 13U) + exponent;
  // A subnormal m is m * 2^-24 = 2^-14 (1 + m / 1024) - 2^-14, exact in binary32.
  const float shifted = std::bit_cast<float>((rest << 13U) + 0x38800000U) - 0x1p-14F;
  const std::uint32_t is_subnormal = rest < 0x0400U ? ~0U : 0U;
  const std::uint32_t magnitude = (std::bit_cast<std::uint32_t>(shifted) & is_subnormal) | (normal & ~is_subnormal);
  return std::bit_cast<float>(sign | magnitude);
}

inline float widen_bf16(std::uint16_t bits) noexcept {
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16U);
}

}  // namespace

float f16_to_f32(std::uint16_t bits) noexcept { return widen_f16(bits); }

std::uint16_t f32_to_f16(float value) noexcept {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t sign = (bits >> 16U) & 0x8000U;
  const std::uint32_t rest = bits & 0x7fffffffU;
  if (rest > 0x7f800000U) return static_cast<std::uint16_t>(sign | 0x7e00U | ((rest >> 13U) & 0x01ffU));
  if (rest >= 0x477ff000U) return static_cast<std::uint16_t>(sign | 0x7c00U);  // from 65520 on
  if (rest >= 0x38800000U) {                                                   // normal in binary16: from 2^-14 on
    const std::uint32_t rounded = rest + 0x0fffU + ((rest >> 13U) & 1U);
    return static_cast<std::uint16_t>(sign | (rounded - 0x38000000U) >> 13U);
  }
  // Subnormal: adding 0.5 puts the units of 2^-24 into the last bits of the sum, rounded to nearest even.
  const float sum = std::bit_cast<float>(rest) + 0.5F;
  return static_cast<std::uint16_t>(sign | (std::bit_cast<std::uint32_t>(sum) - 0x3f000000U));
}

float bf16_to_f32(std::uint16_t bits) noexcept { return widen_bf16(bits); }

std::uint16_t f32_to_bf16(float value) noexcept {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  if ((bits & 0x7fffffffU) > 0x7f800000U) return static_cast<std::uint16_t>(bits >> 16U | 0x0040U);
  return static_cast<std::uint16_t>((bits + 0x7fffU + ((bits >> 16U) & 1U)) >> 16U);
}

void f16_to_f32(std::span<const std::uint16_t> in, std::span<float> out) noexcept {
  for (std::size_t i = 0; i < in.size(); ++i) out[i] = widen_f16(in[i]);
}

void f32_to_f16(std::span<const float> in, std::span<std::uint16_t> out) noexcept {
  for (std::size_t i = 0; i < in.size(); ++i) out[i] = f32_to_f16(in[i]);
}

void bf16_to_f32(std::span<const std::uint16_t> in, std::span<float> out) noexcept {
  for (std::size_t i = 0; i < in.size(); ++i) out[i] = widen_bf16(in[i]);
}

void f32_to_bf16(std::span<const float> in, std::span<std::uint16_t> out) noexcept {
  for (std::size_t i = 0; i < in.size(); ++i) out[i] = f32_to_bf16(in[i]);
}

void f16_bytes_to_f32(const std::byte* bytes, std::span<float> out) noexcept {
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = widen_f16(little_endian_16(bytes + 2 * i));
}

void bf16_bytes_to_f32(const std::byte* bytes, std::span<float> out) noexcept {
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = widen_bf16(little_endian_16(bytes + 2 * i));
}

}  // namespace seben::base
