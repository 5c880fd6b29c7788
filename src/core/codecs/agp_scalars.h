// SPDX-License-Identifier: Apache-2.0
// Anticipation geometry (kernels/trajectory.h) over a feature trajectory, causally: the scalars of a state follow from
// the states so far, by running maxima that decay and a running median.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kernels/trajectory.h"

namespace seben::quant {

using AgpScalars = kernels::TrajectoryScalars;

class AgpTrajectory {
 public:
  static constexpr double kDecay = 0.995;  ///< of the running maxima, a state
  /// Earlier states that are looked at; a window of 375 fits.
  static constexpr std::int64_t kHistory = 512;

  explicit AgpTrajectory(std::int64_t width) : width_(width) {}

  /// The next state, [width]. The scalars of the state before it are complete afterwards: pressure looks one ahead.
  void push(std::span<const float> state);
  /// No state follows: completes the last one.
  void finish();
  /// All states so far; those from complete() on still lack their pressure.
  [[nodiscard]] const std::vector<AgpScalars>& scalars() const noexcept { return scalars_; }
  [[nodiscard]] std::int64_t complete() const noexcept { return complete_; }

 private:
  [[nodiscard]] std::int64_t size() const noexcept { return static_cast<std::int64_t>(scalars_.size()); }
  [[nodiscard]] static std::int64_t first_of(std::int64_t t) { return t > kHistory ? t - kHistory : 0; }
  [[nodiscard]] kernels::Trajectory states() const { return {states_.data(), width_}; }
  [[nodiscard]] double extent_with(std::span<const float> state);
  void find_distances(std::int64_t t);
  [[nodiscard]] double recovery(std::int64_t t, double own_uncertainty, double extent);
  [[nodiscard]] double stability(std::int64_t t);

  std::int64_t width_, complete_ = 0;
  std::vector<float> states_;
  std::vector<AgpScalars> scalars_;
  std::vector<double> mean_, distances_, sorted_;
  std::vector<std::int64_t> order_;
  double largest_step_ = 0.0, largest_radius_ = 0.0, largest_jerk_ = 0.0;
};

}  // namespace seben::quant
