// SPDX-License-Identifier: Apache-2.0
// What is no sound among samples that a caller gives.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace seben::pipeline {

/// Error(bad_data) for the first that is infinite or no number: `prefix` + "sample N", counted from `first` on.
void require_finite(std::span<const float> samples, const std::string& prefix = "", std::uint64_t first = 0);

}  // namespace seben::pipeline
