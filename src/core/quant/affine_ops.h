// SPDX-License-Identifier: Apache-2.0
// Group-affine coding of one row, chosen for the processor at run time. Every implementation gives the same bytes and
// the same floats as the plain formula (tests/core/codecs/affine_reference.h): the arithmetic is a subtraction, a
// division and one rounding a value.
#pragma once

#include <cstdint>

#include "base/isa.h"

namespace seben::quant {

/// How a row is coded: `group` values share a scale, and a zero unless `symmetric`.
struct AffineLayout {
  int bits = 8;    ///< 2, 3, 4, 5, 6 or 8
  int group = 32;  ///< a multiple of 16 from 16 to 128
  bool symmetric = false;
};

struct AffineOps {
  const char* name;
  /// Codes `n` values (a multiple of the group): n * bits / 8 bytes of codes, lowest bits first, and an fp16 scale (and
  /// zero) a group. Returns the bits of the largest magnitude: the codes mean nothing when that is not a finite number
  /// that fp16 can hold.
  std::uint32_t (*encode)(const float* x, std::int64_t n, AffineLayout layout, std::uint8_t* codes,
                          std::uint16_t* scales, std::uint16_t* zeros);
  void (*decode)(const std::uint8_t* codes, const std::uint16_t* scales, const std::uint16_t* zeros, std::int64_t n,
                 AffineLayout layout, float* x);
};

/// The fastest that this processor and the limit of base/isa.h allow.
[[nodiscard]] const AffineOps& affine_ops(base::Isa isa = base::best_isa());

}  // namespace seben::quant
