// SPDX-License-Identifier: Apache-2.0
// IEEE binary16 and bfloat16, in portable scalar code. The bits travel as std::uint16_t.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace seben::base {

[[nodiscard]] float f16_to_f32(std::uint16_t bits) noexcept;
/// Rounds to nearest, ties to even; beyond 65504 becomes infinity; NaN stays NaN (quiet).
[[nodiscard]] std::uint16_t f32_to_f16(float value) noexcept;
[[nodiscard]] float bf16_to_f32(std::uint16_t bits) noexcept;
/// Rounds to nearest, ties to even; NaN stays NaN (quiet).
[[nodiscard]] std::uint16_t f32_to_bf16(float value) noexcept;

/// Bulk forms; both spans have the same length. `bytes` need not be aligned and holds two bytes per value, little end
/// first.
void f16_to_f32(std::span<const std::uint16_t> in, std::span<float> out) noexcept;
void f32_to_f16(std::span<const float> in, std::span<std::uint16_t> out) noexcept;
void bf16_to_f32(std::span<const std::uint16_t> in, std::span<float> out) noexcept;
void f32_to_bf16(std::span<const float> in, std::span<std::uint16_t> out) noexcept;
void f16_bytes_to_f32(const std::byte* bytes, std::span<float> out) noexcept;
void bf16_bytes_to_f32(const std::byte* bytes, std::span<float> out) noexcept;

}  // namespace seben::base
