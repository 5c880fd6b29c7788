// SPDX-License-Identifier: Apache-2.0
// How far apart two ways of computing the same numbers are: the one measure of packages, proofs and other programs.
#pragma once

#include <cstdint>
#include <span>

namespace seben::parity {

struct Difference {
  double mse = 0.0;          ///< mean squared difference
  double max_abs = 0.0;      ///< largest difference
  double cosine = 1.0;       ///< of the two as vectors; 1 when both are zero
  double share = 0.0;        ///< mse over the expected values' mean square where that is above 1, else mse
  double error = 0.0;        ///< root of mse over root of the expected values' mean square; 1e30 where that is 0
  double mean_square = 0.0;  ///< of the expected values
};

/// Error(internal) unless both are of the same length. What is not finite stays so in the result.
[[nodiscard]] Difference difference(std::span<const float> found, std::span<const float> expected);

/// Of how many frames the largest of `classes` scores is another's. Both are [frames, classes].
struct Classes {
  std::int64_t frames = 0, changes = 0;
};
[[nodiscard]] Classes changed_classes(std::span<const float> found, std::span<const float> expected,
                                      std::int64_t classes);

/// Over several recordings: the worst of the differences, the sum of the rest.
struct Figures : Difference {
  std::int64_t frames = 0, argmax_changes = 0;  ///< 0 frames where there are no class scores
  std::int64_t texts = 0, text_changes = 0;

  /// Values that are not finite differ by infinity, so that no bound holds.
  void add(std::span<const float> found, std::span<const float> expected);
  void add(const Classes& classes) noexcept;
};

}  // namespace seben::parity
