// SPDX-License-Identifier: Apache-2.0
#include "correct/probability.h"

#include <cmath>

namespace seben::correction {

double sigmoid(double x) noexcept {
  if (x >= 0.0) return 1.0 / (1.0 + std::exp(-x));
  const double e = std::exp(x);
  return e / (1.0 + e);
}

}  // namespace seben::correction
