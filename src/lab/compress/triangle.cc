// SPDX-License-Identifier: Apache-2.0
#include "compress/triangle.h"

#include <cmath>

#include "base/interrupt.h"
#include "seben/error.h"

namespace seben::compress {
namespace {

// H = R R^T with R upper triangular, over H's upper half; the last column first.
void factor(std::vector<double>& h, std::int64_t n) {
  std::vector<double> column(static_cast<std::size_t>(n));
  for (std::int64_t j = n - 1; j >= 0; --j) {
    if (j % 256 == 0) base::throw_if_interrupted();
    const auto jn = static_cast<std::size_t>(j);
    const double diagonal = h[static_cast<std::size_t>(j * n + j)];
    if (!(diagonal > 0.0) || !std::isfinite(diagonal)) {
      throw Error(ErrorCategory::bad_data, "calibration", "inputs whose squares are finite numbers",
                  "some that are not");
    }
    const double root = std::sqrt(diagonal);
    for (std::int64_t i = 0; i <= j; ++i) {
      double& value = h[static_cast<std::size_t>(i * n + j)];
      value /= root;
      column[static_cast<std::size_t>(i)] = value;
    }
    for (std::int64_t i = 0; i < j; ++i) {
      const double r = column[static_cast<std::size_t>(i)];
      double* row = h.data() + i * n;
      for (std::size_t k = static_cast<std::size_t>(i); k < jn; ++k) row[k] -= r * column[k];
    }
  }
}

}  // namespace

std::vector<float> inverse_factor(std::vector<double> h, std::int64_t n) {
  factor(h, n);
  // U = R^-1, row by row from the last: R[i][i] U[i] = e_i - sum over m > i of R[i][m] U[m].
  std::vector<float> u(static_cast<std::size_t>(n * n), 0.0F);
  std::vector<double> sum(static_cast<std::size_t>(n));
  for (std::int64_t i = n - 1; i >= 0; --i) {
    if (i % 256 == 0) base::throw_if_interrupted();
    sum.assign(sum.size(), 0.0);
    sum[static_cast<std::size_t>(i)] = 1.0;
    for (std::int64_t m = i + 1; m < n; ++m) {
      const double r = h[static_cast<std::size_t>(i * n + m)];
      const float* row = u.data() + m * n;
      for (std::size_t k = static_cast<std::size_t>(m); k < sum.size(); ++k) {
        sum[k] -= r * static_cast<double>(row[k]);
      }
    }
    const double diagonal = h[static_cast<std::size_t>(i * n + i)];
    for (std::size_t k = static_cast<std::size_t>(i); k < sum.size(); ++k) {
      u[static_cast<std::size_t>(i * n) + k] = static_cast<float>(sum[k] / diagonal);
    }
  }
  return u;
}

}  // namespace seben::compress
