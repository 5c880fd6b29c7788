// SPDX-License-Identifier: Apache-2.0
// Softmax of contiguous rows.
#pragma once

#include <cstdint>

namespace seben::interpreter {

/// e^x to within 2 units in the last place for x <= 0; 0 below -87.
[[nodiscard]] float exp_of_negative(float x);
/// x = exp(x - max) / sum in place.
void softmax_row(float* x, std::int64_t n);

}  // namespace seben::interpreter
