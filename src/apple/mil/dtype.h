// SPDX-License-Identifier: Apache-2.0
// Element types of MIL, the Model Intermediate Language of Core ML programs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace seben::mil {

enum class DType : std::uint8_t {
  boolean,
  string,
  fp16,
  fp32,
  fp64,
  bf16,
  int4,
  int8,
  int16,
  int32,
  int64,
  uint1,
  uint2,
  uint3,
  uint4,
  uint6,
  uint8,
  uint16,
  uint32,
  uint64,
};

/// Bits of one stored element: 1, 2, 3, 4, 6, 8, … 64; 8 for boolean (one byte each), 0 for string.
[[nodiscard]] int bits_of(DType dtype) noexcept;
/// Bytes of `count` elements, packed without gaps and rounded up to whole bytes. Error(bad_data) on overflow.
[[nodiscard]] std::size_t bytes_of(DType dtype, std::int64_t count);
/// MIL's spelling: "bool", "fp16", "int32", "uint4", "string", …
[[nodiscard]] std::string_view to_string(DType dtype) noexcept;
/// nothing for an unknown word
[[nodiscard]] std::optional<DType> parse_dtype(std::string_view word) noexcept;

[[nodiscard]] constexpr bool is_float(DType d) noexcept {
  return d == DType::fp16 || d == DType::fp32 || d == DType::fp64 || d == DType::bf16;
}
[[nodiscard]] constexpr bool is_integer(DType d) noexcept { return d >= DType::int4; }

}  // namespace seben::mil
