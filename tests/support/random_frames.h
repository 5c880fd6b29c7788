// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include "codecs/splitmix.h"

namespace seben::quant {

/// Independent numbers of N(0, 1) by Box and Muller.
inline std::vector<float> normal_values(std::size_t count, std::uint64_t seed) {
  SplitMix random(seed);
  std::vector<float> out;
  out.reserve(count + 1);
  while (out.size() < count) {
    const double radius = std::sqrt(-2.0 * std::log(1.0 - random.uniform())),
                 angle = 6.283185307179586 * random.uniform();
    out.push_back(static_cast<float>(radius * std::cos(angle)));
    out.push_back(static_cast<float>(radius * std::sin(angle)));
  }
  out.resize(count);
  return out;
}

}  // namespace seben::quant
