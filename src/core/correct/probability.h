// SPDX-License-Identifier: Apache-2.0
// From log-odds to a probability: all that a fitted model needs of logistic regression.
#pragma once

namespace seben::correction {

/// 1 / (1 + exp(-x)), without overflow.
[[nodiscard]] double sigmoid(double x) noexcept;

}  // namespace seben::correction
