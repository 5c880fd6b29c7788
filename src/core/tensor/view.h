// SPDX-License-Identifier: Apache-2.0
// A tensor that somebody else owns: name, dtype, shape and contiguous row-major bytes (usually memory-mapped).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "tensor/coded_rows.h"
#include "tensor/dtype.h"

namespace seben::tensor {

using Shape = std::vector<std::int64_t>;

struct TensorView {
  std::string name;    ///< for error messages: "model.encoder.conv1.weight"
  std::string source;  ///< for error messages: the file it comes from
  DType dtype = DType::f32;
  Shape shape;
  const std::byte* data = nullptr;   ///< not necessarily aligned to the element size; null for coded
  const CodedRows* coded = nullptr;  ///< set exactly when dtype is coded
  std::int64_t first_row = 0;        ///< coded: where in its rows this view starts

  [[nodiscard]] std::int64_t elements() const noexcept;
  [[nodiscard]] std::size_t bytes() const noexcept;
};

/// "[1, 1500, 1280]"
[[nodiscard]] std::string to_string(const Shape& shape);

/// Throws Error(bad_data) naming source, tensor, both shapes unless `view.shape == expected`.
void require_shape(const TensorView& view, const Shape& expected);

/// The part of `view` whose first index is `i`: [a, b, c] becomes [b, c].
[[nodiscard]] TensorView row_of(const TensorView& view, std::int64_t i);

/// Row `i` of a matrix that is being packed, as floats. Values are checked like those of to_float, but for codes: who
/// takes them calls CodedRows::check once instead.
void read_row(const TensorView& view, std::int64_t i, std::span<float> out);

/// Converts f32, f16, bf16, f64 or coded elements to float into `out` (out.size() == view.elements()); other dtypes are
/// Error(bad_data). Non-finite values are Error(bad_data) naming the first offending index.
void to_float(const TensorView& view, std::span<float> out);
[[nodiscard]] std::vector<float> to_float(const TensorView& view);

}  // namespace seben::tensor
