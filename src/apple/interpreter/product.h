// SPDX-License-Identifier: Apache-2.0
// Matrix products of the interpreter: a packed matrix and blocks of rows.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "interpreter/call.h"
#include "kernels/gemm.h"

namespace seben::interpreter {

/// y[rows, n] = x[rows, k] W[n, k]^T + bias, rows in blocks over the threads; bias may be null.
void multiply_rows(const kernels::Gemm& gemm, const float* x, std::int64_t rows, std::int64_t n, std::int64_t k,
                   const float* bias, float* y, int threads);

/// A constant matrix, packed.
class PackedMatrix final : public Prepared {
 public:
  /// weight: row-major [n, k].
  PackedMatrix(std::vector<float> weight, std::vector<float> bias, std::int64_t n, std::int64_t k);
  [[nodiscard]] std::size_t bytes() const noexcept override;

  std::unique_ptr<kernels::Gemm> gemm;
  std::vector<float> bias;  ///< [n], or empty
  std::int64_t n, k;
};

[[nodiscard]] std::vector<float> floats_of(const mil::Literal& literal);

}  // namespace seben::interpreter
