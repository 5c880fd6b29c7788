// SPDX-License-Identifier: Apache-2.0
// Anticipation geometry: seven scalars of a trajectory of states, and the attention bias that is made of them.
// Definitions: the public package anticipation-geometry, core.py (commitment, uncertainty, pressure, recovery) and
// geometry_bridge.py (stiffness, novelty, stability); see docs/heads.md.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "ctc/head_tensors.h"

namespace seben::ctc {

/// commitment, uncertainty, pressure rescaled to (p + 2) / 4, recovery, stiffness, novelty, stability
using TrajectoryScalars = std::array<float, 7>;

/// Scalars of every state of a trajectory [n, width]. Fewer than two states give 0.5 everywhere. Equally near
/// neighbours are taken by lower index.
[[nodiscard]] std::vector<TrajectoryScalars> trajectory_scalars(std::span<const float> states, std::int64_t width);

/// bias[h, i, j] = g[i, h] exp(-0.01 alpha_h |i - j| + beta_h) with g = MLP(scalars): 7 (or 63 with the motif
/// embedding) -> 56 -> GELU -> 56 -> GELU -> heads.
class TrajectoryBias {
 public:
  TrajectoryBias(HeadTensors& tensors, std::int64_t heads);

  /// Writes [heads, n, n] for states [n, width].
  void compute(std::span<const float> states, std::int64_t width, std::span<float> bias) const;

 private:
  static constexpr std::int64_t kHidden = 56;
  std::int64_t heads_, inputs_;
  std::vector<float> w0_, b0_, w1_, b1_, w2_, b2_, alpha_, beta_;
  std::vector<float> motif_;  ///< the embedding row of motif 0, or empty
};

}  // namespace seben::ctc
