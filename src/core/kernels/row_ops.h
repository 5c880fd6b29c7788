// SPDX-License-Identifier: Apache-2.0
// What happens to one row of activations between two matrix products, chosen for the processor at run time.
#pragma once

#include <cstdint>

#include "base/isa.h"

namespace seben::kernels {

/// The affine code of one row: x ~ scale * (q - zero), q in 0..255.
struct RowCode {
  float scale = 1.0F;
  std::int32_t zero = 0;
};

/// One implementation of every row operation. `n` is the row's length and may be any positive number.
struct RowOps {
  const char* name;
  /// y = (x - mean) / sqrt(var + epsilon) * gamma + beta, biased variance (Ba et al. 2016); y may be x.
  void (*layer_norm)(const float* x, const float* gamma, const float* beta, float epsilon, std::int64_t n, float* y);
  /// x = x * Phi(x) in place.
  void (*gelu)(float* x, std::int64_t n);
  /// y += x
  void (*add)(const float* x, std::int64_t n, float* y);
  /// y = x + bias; a null bias is zero.
  void (*add_bias)(const float* x, const float* bias, std::int64_t n, float* y);
  /// y = row_scale * channel_scale * (accumulator - zero * column_sum) + bias; a null bias is zero.
  void (*dequantize)(const std::int32_t* accumulator, RowCode code, const float* channel_scale,
                     const std::int32_t* column_sum, const float* bias, std::int64_t n, float* y);
  /// Codes the row into q over its own range, zero included.
  RowCode (*quantize)(const float* x, std::int64_t n, std::uint8_t* q);
  /// Codes the row symmetrically, x ~ scale * q with |q| <= limit; returns the scale, `sum` receives the codes' sum.
  float (*quantize_symmetric)(const float* x, std::int64_t n, float limit, std::int8_t* q, std::int32_t* sum);
  void (*to_bf16)(const float* x, std::int64_t n, std::uint16_t* y);
  /// x = log(softmax(x)) in place.
  void (*log_softmax)(float* x, std::int64_t n);
};

/// The fastest set that this processor and the limit of isa.h allow.
[[nodiscard]] const RowOps& row_ops(base::Isa isa = base::best_isa());

}  // namespace seben::kernels
