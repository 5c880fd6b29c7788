// SPDX-License-Identifier: Apache-2.0
// The arithmetic of the large matrix products. f32 is the reference; the others are admitted by measurement.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace seben::kernels {

enum class Precision : std::uint8_t {
  f32,
  bf16,  ///< weights and activations bf16, sums f32
  int8,  ///< weights s8 per output channel, activations u8 per row coded at run time, sums s32; attention in bf16
};

[[nodiscard]] std::string_view to_string(Precision precision) noexcept;
/// nothing for an unknown word
[[nodiscard]] std::optional<Precision> parse_precision(std::string_view word) noexcept;

}  // namespace seben::kernels
