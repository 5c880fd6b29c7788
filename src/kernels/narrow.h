// SPDX-License-Identifier: Apache-2.0
// Products of a few rows with a large matrix, as a text decoder makes them token by token. There the time is that of
// reading the weights once: they lie row after row as they are, f32, bf16 or s8, and are widened to f32 in registers;
// activations stay f32 in every precision. kernels/linear is for many rows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "kernels/buffer.h"
#include "kernels/linear.h"
#include "kernels/narrow_ops.h"
#include "kernels/precision.h"

namespace seben::kernels {

/// y = x W^T + b. Immutable; any number of threads may run parts of it.
class NarrowLinear {
 public:
  NarrowLinear() = default;
  /// `scale` multiplies weights and bias; `bias` is [out] or empty. s8 weights have a scale for each row of W.
  NarrowLinear(const RowReader& read, std::span<const float> bias, std::int64_t out, std::int64_t in,
               Precision precision, float scale = 1.0F);

  [[nodiscard]] std::int64_t in() const noexcept { return in_; }
  [[nodiscard]] std::int64_t out() const noexcept { return out_; }
  [[nodiscard]] std::size_t bytes() const noexcept { return weights_.size() + 4 * (bias_.size() + scale_.size()); }

  /// Outputs first..first+count-1 of `rows` rows x [rows, in], on the calling thread: output o of row r is written to
  /// y[r * y_stride + o - first].
  void run(const float* x, std::int64_t rows, std::int64_t first, std::int64_t count, float* y,
           std::int64_t y_stride) const;

 private:
  std::int64_t out_ = 0, in_ = 0;
  Precision precision_ = Precision::f32;
  Buffer weights_;
  std::vector<float> bias_, scale_;
};

}  // namespace seben::kernels
