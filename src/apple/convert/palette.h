// SPDX-License-Identifier: Apache-2.0
// The few values that stand for all of a matrix.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace seben::convert {

struct Palette {
  std::vector<float> values;  ///< 2^bits, ascending

  /// Index of the nearest value; the lower one of two equally near.
  [[nodiscard]] std::uint8_t nearest(float value) const;
};

using FloatSink = std::function<void(std::span<const float>)>;

/// One-dimensional k-means (Lloyd 1982), started at quantiles, over a histogram of 65,536 bins between the extremes.
/// `each` gives all numbers to the sink, the same at every call.
[[nodiscard]] Palette make_palette(const std::function<void(const FloatSink&)>& each, int bits);

}  // namespace seben::convert
