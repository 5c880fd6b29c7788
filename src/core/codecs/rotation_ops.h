// SPDX-License-Identifier: Apache-2.0
// The arithmetic of rotated codebooks, chosen for the processor at run time. Sums run in one fixed order, so that every
// implementation gives the same floats.
#pragma once

#include <cstdint>

#include "base/isa.h"

namespace seben::quant {

struct RotationOps {
  const char* name;
  /// x <- H x for the Walsh-Hadamard matrix of order `n` (a power of two), unnormalised, in place, on each of `blocks`
  /// neighbouring runs of n values.
  void (*hadamard)(float* x, std::int64_t n, std::int64_t blocks);
  /// y_i = sum_k sign[i * m + k] x_k over m rows of n values each (x: [m, n], y: [m, n]); signs are +1 or -1.
  void (*mix)(const float* x, const float* signs, std::int64_t m, std::int64_t n, float* y);
  /// x <- x * y elementwise
  void (*multiply)(const float* y, std::int64_t n, float* x);
  /// code_i = how many of the `count` ascending thresholds lie below x_i
  void (*codes)(const float* x, std::int64_t n, const float* thresholds, std::int64_t count, std::uint8_t* codes);
  /// x_i = levels[code_i] * scale
  void (*levels)(const std::uint8_t* codes, std::int64_t n, const float* levels, float scale, float* x);
};

[[nodiscard]] const RotationOps& rotation_ops(base::Isa isa = base::best_isa());

}  // namespace seben::quant
