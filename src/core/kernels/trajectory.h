// SPDX-License-Identifier: Apache-2.0
// Anticipation geometry: seven scalars of each state of a trajectory, and the formulas behind them. Heads take them
// over a whole trajectory (model/head/trajectory.h), feature codecs causally (codecs/agp_scalars.h); the two differ in
// what "largest" and "median" range over. Definitions: the public package anticipation-geometry, core.py (commitment,
// uncertainty, pressure, recovery) and geometry_bridge.py (stiffness, novelty, stability); see docs/heads.md,
// docs/quantization.md.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace seben::kernels {

struct TrajectoryScalars {
  double commitment = 0.5;   ///< 1 - step / largest step; 0 at a jump
  double uncertainty = 0.5;  ///< entropy of the angles to the five nearest earlier states, 0..1
  double pressure = 0.0;     ///< smoothed change of commitment less that of uncertainty, about -2..2
  double recovery = 1.0;     ///< nearness to the closest uncertain state so far
  double stiffness = 0.5;    ///< cosine of the last two steps, 0..1
  double novelty = 1.0;      ///< distance to the nearest earlier state over the extent
  double stability = 0.5;    ///< 1 - third difference / largest third difference
};

/// Lengths below this are none.
inline constexpr double kStill = 1e-10;

/// States [n, width], row after row, in somebody else's memory. Sums run in double and in one order, products and sums
/// apart: the same on every processor.
class Trajectory {
 public:
  Trajectory(const float* states, std::int64_t width) : states_(states), width_(width) {}

  [[nodiscard]] double distance(std::int64_t a, std::int64_t b) const;
  /// (s_b - s_a) . (s_d - s_c)
  [[nodiscard]] double product(std::int64_t a, std::int64_t b, std::int64_t c, std::int64_t d) const;
  /// Length of the third difference that ends at `t`, which is 3 or more.
  [[nodiscard]] double jerk(std::int64_t t) const;
  /// Adds the mean of the first `n` states to `point`, which has `width` coordinates.
  void add_mean(std::int64_t n, double* point) const;
  /// Distance from such a point.
  [[nodiscard]] double distance_from(std::int64_t t, const double* point) const;

  /// `distances` are those from `t` to the states from `first` on, `t` itself excluded; equally near ones are taken by
  /// lower index. `order` is memory that is reused.
  [[nodiscard]] double uncertainty(std::int64_t t, std::int64_t first, std::span<const double> distances,
                                   std::vector<std::int64_t>& order) const;
  /// Of the step that ends at `t`, the one before it, and their lengths; t is 2 or more.
  [[nodiscard]] double stiffness(std::int64_t t, double step, double step_before) const;

 private:
  [[nodiscard]] const float* row(std::int64_t t) const { return states_ + t * width_; }

  const float* states_;
  std::int64_t width_;
};

/// Commitment and stability: 1 - part / whole, 1 when there is no whole.
[[nodiscard]] double share_left(double part, double whole);
/// `nearest` earlier state; 0.5 for a trajectory without extent.
[[nodiscard]] double novelty(double nearest, double extent);
/// Nearness to the closest state so far whose uncertainty reaches `median`, which is that state itself perhaps.
/// `earlier` and `distances` belong together.
[[nodiscard]] double recovery(std::span<const TrajectoryScalars> earlier, std::span<const double> distances,
                              double own_uncertainty, double median, double extent);
/// By a centred box of three whose ends are padded with zeros.
[[nodiscard]] double pressure(std::span<const TrajectoryScalars> all, std::int64_t t);
[[nodiscard]] double median_of_sorted(std::span<const double> sorted);

}  // namespace seben::kernels
