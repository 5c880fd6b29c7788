// SPDX-License-Identifier: Apache-2.0
// The group-affine code as its formula says, value by value: what every fast path must equal to the byte.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "base/float16.h"
#include "quant/affine_ops.h"

namespace seben::quant {

struct AffineRow {
  std::vector<std::uint8_t> codes;  ///< one a byte, not packed
  std::vector<std::uint16_t> scales, zeros;
};

inline float rounded_even(float v) { return std::nearbyint(v); }

inline AffineRow reference_encode(const std::vector<float>& x, AffineLayout l) {
  AffineRow row;
  const auto group = static_cast<std::size_t>(l.group);
  const float top = static_cast<float>((1 << l.bits) - 1), half = static_cast<float>(1 << (l.bits - 1));
  for (std::size_t first = 0; first < x.size(); first += group) {
    const auto begin = x.begin() + static_cast<std::ptrdiff_t>(first), end = begin + l.group;
    const float low = *std::min_element(begin, end), high = *std::max_element(begin, end);
    const std::uint16_t scale =
        base::f32_to_f16(l.symmetric ? (high >= -low ? high : low) / -half : (high - low) / top);
    const std::uint16_t zero = l.symmetric ? std::uint16_t{0} : base::f32_to_f16(low);
    row.scales.push_back(scale);
    if (!l.symmetric) row.zeros.push_back(zero);
    const float s = base::f16_to_f32(scale), z = base::f16_to_f32(zero);
    for (auto at = begin; at != end; ++at) {
      const float exact = s == 0.0F ? (l.symmetric ? half : 0.0F) : (*at - z) / s + (l.symmetric ? half : 0.0F);
      row.codes.push_back(static_cast<std::uint8_t>(rounded_even(std::clamp(exact, 0.0F, top))));
    }
  }
  return row;
}

inline std::vector<float> reference_decode(const AffineRow& row, AffineLayout l) {
  std::vector<float> x;
  for (std::size_t i = 0; i < row.codes.size(); ++i) {
    const std::size_t g = i / static_cast<std::size_t>(l.group);
    const float s = base::f16_to_f32(row.scales[g]), code = static_cast<float>(row.codes[i]);
    x.push_back(l.symmetric ? s * (code - static_cast<float>(1 << (l.bits - 1)))
                            : base::f16_to_f32(row.zeros[g]) + s * code);
  }
  return x;
}

inline std::vector<std::uint8_t> packed(const std::vector<std::uint8_t>& codes, int bits) {
  std::vector<std::uint8_t> out((codes.size() * static_cast<std::size_t>(bits) + 7) / 8, 0);
  for (std::size_t i = 0; i < codes.size(); ++i) {
    for (int b = 0; b < bits; ++b) {
      const std::size_t at = i * static_cast<std::size_t>(bits) + static_cast<std::size_t>(b);
      out[at / 8] = static_cast<std::uint8_t>(out[at / 8] | (((codes[i] >> b) & 1) << (at % 8)));
    }
  }
  return out;
}

}  // namespace seben::quant
