// SPDX-License-Identifier: Apache-2.0
// The scalar quantiser of least mean squared error (Lloyd 1957, Max 1960) for one coordinate of a random unit vector:
//   f(x) = Gamma(d/2) / (sqrt(pi) Gamma((d-1)/2)) (1 - x^2)^((d-3)/2),  |x| <= 1,  variance 1/d,
// which tends to the normal distribution N(0, 1/d).
#pragma once

#include <cstdint>
#include <vector>

namespace seben::quant {

/// Symmetric levels and the thresholds between them, in units of 1 / sqrt(d). Rounded to multiples of 2^-16, so that
/// the last bits of a system's mathematical library do not decide which codes are stored.
struct Codebook {
  std::vector<float> levels;      ///< 2^bits, ascending
  std::vector<float> thresholds;  ///< 2^bits - 1, midpoints of neighbouring levels
  double distortion = 0.0;        ///< mean squared error for variance 1
};

/// bits 0..8 (0: one level, zero), dim >= 2; solved by Newton's method. For dim > 4096 the normal limit is used.
[[nodiscard]] Codebook lloyd_max(int bits, std::int64_t dim);

}  // namespace seben::quant
