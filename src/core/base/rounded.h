// SPDX-License-Identifier: Apache-2.0
// Numbers as files and answers show them.
#pragma once

#include <cmath>

namespace seben::base {

/// To 1 / `scale`: 1e3 leaves three places behind the point.
[[nodiscard]] inline double rounded(double value, double scale) { return std::round(value * scale) / scale; }

}  // namespace seben::base
