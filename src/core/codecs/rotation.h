// SPDX-License-Identifier: Apache-2.0
// Seeded random rotations R (orthogonal): y = R x, x = R^T y.
//
// Structured where the width is m * 2^k with m = 1, 12 or 20: R = (H D2 H D1) / dim with H the Kronecker product of the
// Paley Hadamard matrix of order m and the Walsh-Hadamard matrix of order 2^k, and D random signs. No padding: 768 is
// 12 * 64 and 1280 is 20 * 64. Two rounds, because one leaves a lone spike at +-1/sqrt(dim) everywhere, which is far
// from normal. Other widths up to 512 get a dense matrix. The seed alone decides: splitmix64, no library's generator.
#pragma once

#include <cstdint>
#include <vector>

namespace seben::quant {

class Rotation {
 public:
  /// Error(usage) when `dim` is neither structured nor at most 512.
  Rotation(std::int64_t dim, std::uint64_t seed);

  [[nodiscard]] std::int64_t dim() const noexcept { return dim_; }
  /// In place; `scratch` holds dim values.
  void forward(float* x, float* scratch) const;
  void inverse(float* x, float* scratch) const;

 private:
  void apply_hadamard(float* x, float* scratch, const std::vector<float>& signs) const;

  std::int64_t dim_ = 0, order_ = 1, power_ = 1;  ///< dim = order * power
  float scale_ = 1.0F;
  std::vector<float> first_, second_;      ///< the two rounds' signs
  std::vector<float> paley_, transposed_;  ///< [order, order]
  std::vector<float> dense_;               ///< [dim, dim], row-major
};

}  // namespace seben::quant
