// SPDX-License-Identifier: Apache-2.0
// Factors of symmetric positive matrices.
#pragma once

#include <cstdint>
#include <vector>

namespace seben::compress {

/// The upper triangular U with H^-1 = U^T U of a symmetric positive definite H [n, n]; below the diagonal there are
/// zeros. Error(bad_data) when H is not positive definite.
[[nodiscard]] std::vector<float> inverse_factor(std::vector<double> h, std::int64_t n);

}  // namespace seben::compress
