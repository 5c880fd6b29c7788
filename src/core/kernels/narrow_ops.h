// SPDX-License-Identifier: Apache-2.0
// What kernels/narrow is made of, chosen for the processor at run time.
#pragma once

#include <cstdint>

#include "base/isa.h"

namespace seben::kernels {

/// Rows of a matrix: `count` of them, `stride` elements from one to the next, `width` wide.
template <typename Element>
struct MatrixRows {
  const Element* data = nullptr;
  std::int64_t stride = 0;
  std::int64_t count = 0;
  std::int64_t width = 0;
};

struct NarrowOps {
  const char* name;
  /// y[m * y_stride + r] = sum_i w[r][i] x[m][i] for all rows of both, which have one width.
  void (*dots_f32)(MatrixRows<float> w, MatrixRows<float> x, float* y, std::int64_t y_stride);
  void (*dots_bf16)(MatrixRows<std::uint16_t> w, MatrixRows<float> x, float* y, std::int64_t y_stride);
  void (*dots_f16)(MatrixRows<std::uint16_t> w, MatrixRows<float> x, float* y, std::int64_t y_stride);
  void (*dots_s8)(MatrixRows<std::int8_t> w, MatrixRows<float> x, float* y, std::int64_t y_stride);
  void (*dots_u8)(MatrixRows<std::uint8_t> w, MatrixRows<float> x, float* y, std::int64_t y_stride);
  /// y[m * y_stride + i] += sum_j p[m * p_stride + j] v[j][i] for `rows` rows m.
  void (*mix_f32)(MatrixRows<float> v, const float* p, std::int64_t p_stride, std::int64_t rows, float* y,
                  std::int64_t y_stride);
  void (*mix_bf16)(MatrixRows<std::uint16_t> v, const float* p, std::int64_t p_stride, std::int64_t rows, float* y,
                   std::int64_t y_stride);
  void (*mix_u8)(MatrixRows<std::uint8_t> v, const float* p, std::int64_t p_stride, std::int64_t rows, float* y,
                 std::int64_t y_stride);
  /// x = softmax(x) in place; n >= 1.
  void (*softmax)(float* x, std::int64_t n);
  /// IEEE binary16, to nearest even; false when a number is too large for it.
  bool (*to_f16)(const float* x, std::int64_t n, std::uint16_t* y);
};

[[nodiscard]] const NarrowOps& narrow_ops(base::Isa isa = base::best_isa());

}  // namespace seben::kernels
