// SPDX-License-Identifier: Apache-2.0
// Where a recording that goes on is cut with the least harm.
#pragma once

#include <cstdint>
#include <span>

namespace seben::pipeline {

/// Hops of 160 samples before the cut: in the middle of the quietest 0.3 s of the last third of `samples`, and the
/// later the better among places that are all but equally quiet. There must be 2 s or more.
[[nodiscard]] std::int64_t quiet_place(std::span<const float> samples);

}  // namespace seben::pipeline
