// SPDX-License-Identifier: Apache-2.0
// Samples far outside of [-1, 1], which the way to 16 bits clips.
#pragma once

#include <cstddef>
#include <string>

namespace seben::audio {

/// |x| from which a sample counts: decoders of lossy formats go a little beyond 1 by themselves.
inline constexpr double kFarOutside = 2.0;

struct Clipping {
  std::size_t samples = 0;
  double largest = 0.0;

  void add(double magnitude) noexcept {
    if (magnitude < kFarOutside) return;
    ++samples;
    if (magnitude > largest) largest = magnitude;
  }
};

/// "3 samples far outside of [-1, 1], up to 32767"
[[nodiscard]] std::string to_string(const Clipping& clipping);

}  // namespace seben::audio
