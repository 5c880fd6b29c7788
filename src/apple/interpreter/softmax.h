// SPDX-License-Identifier: Apache-2.0
// Softmax of contiguous rows.
#pragma once

#include <cstdint>

namespace seben::interpreter {

/// x = exp(x - max) / sum in place, each exponential within 2 units in the last place and 0 below e^-87.
void softmax_row(float* x, std::int64_t n);

}  // namespace seben::interpreter
