// SPDX-License-Identifier: Apache-2.0
// Choices and orders of floats on their bits. Comparisons of floats inside a loop keep GCC from making vectors of it,
// as they could trap; comparisons of integers do not.
#pragma once

#include <bit>
#include <cstdint>

namespace seben::interpreter {

/// v > limit ? above : otherwise, for v and limit >= 0.
[[nodiscard]] inline std::int32_t choose_above(std::int32_t v, std::int32_t limit, std::int32_t above,
                                               std::int32_t otherwise) noexcept {
  const std::int32_t mask = (limit - v) >> 31;
  return (above & mask) | (otherwise & ~mask);
}

/// Integers in the order of the floats; NaN without sign is the largest. order_key(order_key) is the identity on bits.
[[nodiscard]] inline std::int32_t order_key(std::int32_t bits) noexcept { return bits ^ ((bits >> 31) & 0x7FFFFFFF); }
[[nodiscard]] inline std::int32_t order_key(float v) noexcept { return order_key(std::bit_cast<std::int32_t>(v)); }
[[nodiscard]] inline float float_of_key(std::int32_t key) noexcept { return std::bit_cast<float>(order_key(key)); }

}  // namespace seben::interpreter
