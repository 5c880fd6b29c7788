// SPDX-License-Identifier: Apache-2.0
// Anticipation geometry of a whole trajectory of states (kernels/trajectory.h), and the attention bias that is made of
// it; see docs/heads.md.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "kernels/trajectory.h"
#include "model/head/head_tensors.h"

namespace seben::ctc {

/// commitment, uncertainty, pressure rescaled to (p + 2) / 4, recovery, stiffness, novelty, stability
using TrajectoryRow = std::array<float, 7>;

/// Memory for trajectories of up to `max_states` states, made once and reused.
class TrajectoryWorkspace {
 public:
  explicit TrajectoryWorkspace(std::int64_t max_states = 0, std::int64_t width = 0);

  std::vector<double> distances;  ///< [n, n], the part below the diagonal
  std::vector<double> mean;       ///< [width]
  std::vector<double> sorted;     ///< uncertainties
  std::vector<std::int64_t> order;
  std::vector<kernels::TrajectoryScalars> values;
  std::vector<TrajectoryRow> rows;
};

/// Scalars of every state of a trajectory [n, width], into workspace.rows; returns them. Fewer than two states give
/// 0.5 everywhere. Equally near neighbours are taken by lower index.
[[nodiscard]] std::span<const TrajectoryRow> trajectory_scalars(std::span<const float> states, std::int64_t width,
                                                                TrajectoryWorkspace& workspace, int threads = 1);

/// bias[h, i, j] = g[i, h] exp(-0.01 alpha_h |i - j| + beta_h) with g = MLP(scalars): 7 (or 63 with the motif
/// embedding) -> 56 -> GELU -> 56 -> GELU -> heads.
class TrajectoryBias {
 public:
  TrajectoryBias(HeadTensors& tensors, std::int64_t heads);

  /// Writes [heads, n, n] for n rows of scalars.
  void compute(std::span<const TrajectoryRow> scalars, std::span<float> bias, int threads) const;

 private:
  static constexpr std::int64_t kHidden = 56;

  struct Dense {
    std::vector<float> weight, bias;
    void apply(std::span<const float> x, std::span<float> y, bool gelu) const;
  };
  [[nodiscard]] Dense load(HeadTensors& tensors, const std::string& name, std::int64_t out, std::int64_t in) const;
  void compute_row(std::span<const TrajectoryRow> scalars, std::int64_t i, std::span<float> bias) const;

  std::int64_t heads_;
  Dense first_, second_, third_;
  std::vector<float> alpha_, beta_;
  std::vector<float> motif_;  ///< the embedding row of motif 0, which is what a missing motif means; or empty
};

}  // namespace seben::ctc
