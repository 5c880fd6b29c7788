// SPDX-License-Identifier: Apache-2.0
// Anticipation geometry over a feature trajectory, causally: seven scalars a state, from the states so far. The
// definitions are those of the anticipation-geometry package (core.py and its bridge, see docs/quantization.md) with
// its whole-sequence maxima replaced by running maxima that decay, and its median by a running one.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace seben::quant {

struct AgpScalars {
  double commitment = 0.5;   ///< 1 - step / largest step; 0 at a jump
  double uncertainty = 0.5;  ///< entropy of the angles to the five nearest earlier states, 0..1
  double pressure = 0.0;     ///< smoothed change of commitment less that of uncertainty, about -2..2
  double recovery = 1.0;     ///< nearness to the closest uncertain state so far
  double stiffness = 0.5;    ///< cosine of the last two steps, 0..1
  double novelty = 1.0;      ///< distance to the nearest earlier state over the extent so far
  double stability = 0.5;    ///< 1 - third difference / largest third difference
};

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
  [[nodiscard]] const float* state(std::int64_t t) const { return states_.data() + t * width_; }
  [[nodiscard]] double distance(std::int64_t a, std::int64_t b) const;
  [[nodiscard]] double uncertainty(std::int64_t t);
  [[nodiscard]] double recovery(std::int64_t t, double extent);
  void complete_pressure(std::int64_t t);

  std::int64_t width_, complete_ = 0;
  std::vector<float> states_;
  std::vector<AgpScalars> scalars_;
  std::vector<double> mean_, distances_, sorted_;
  std::vector<std::int64_t> order_;
  double largest_step_ = 0.0, largest_radius_ = 0.0, largest_jerk_ = 0.0;
};

}  // namespace seben::quant
