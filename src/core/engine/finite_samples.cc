// SPDX-License-Identifier: Apache-2.0
#include "engine/finite_samples.h"

#include <algorithm>
#include <cmath>

#include "base/format.h"
#include "seben/error.h"

namespace seben::pipeline {

void require_finite(std::span<const float> samples, const std::string& prefix, std::uint64_t first) {
  const auto odd = std::ranges::find_if(samples, [](float x) { return !std::isfinite(x); });
  if (odd == samples.end()) return;
  throw Error(ErrorCategory::bad_data,
              base::format("{}sample {}", prefix, first + static_cast<std::uint64_t>(odd - samples.begin())),
              "a finite number", base::format("{}", *odd));
}

}  // namespace seben::pipeline
