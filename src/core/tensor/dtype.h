// SPDX-License-Identifier: Apache-2.0
// Element types of stored tensors. `coded` has no element of its own: rows of codes stand for floats (coded_rows.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace seben::tensor {

enum class DType : std::uint8_t { f64, f32, f16, bf16, i64, i32, i16, i8, u8, boolean, coded };

/// Bytes of one element; 0 for coded.
[[nodiscard]] std::size_t size_of(DType dtype) noexcept;
/// safetensors spelling: "F32", "BF16", …
[[nodiscard]] std::string_view to_string(DType dtype) noexcept;

}  // namespace seben::tensor
