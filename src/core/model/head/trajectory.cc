// SPDX-License-Identifier: Apache-2.0
#include "model/head/trajectory.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "kernels/threads.h"

namespace seben::ctc {

// y = W x + b, with exact GELU when asked.
void TrajectoryBias::Dense::apply(std::span<const float> x, std::span<float> y, bool gelu) const {
  for (std::size_t o = 0; o < y.size(); ++o) {
    double total = static_cast<double>(bias[o]);
    for (std::size_t i = 0; i < x.size(); ++i) {
      total += static_cast<double>(weight[o * x.size() + i]) * static_cast<double>(x[i]);
    }
    if (gelu) total *= 0.5 * (1.0 + std::erf(total / std::numbers::sqrt2));
    y[o] = static_cast<float>(total);
  }
}

TrajectoryBias::Dense TrajectoryBias::load(HeadTensors& tensors, const std::string& name, std::int64_t out,
                                           std::int64_t in) const {
  auto weight = tensors.take(name + ".weight", {out, in});
  return {std::move(weight), tensors.take(name + ".bias", {out})};
}

TrajectoryBias::TrajectoryBias(HeadTensors& tensors, std::int64_t heads) : heads_(heads) {
  if (tensors.has("inscription_emb.weight")) {
    motif_ = tensors.take("inscription_emb.weight", {10, kHidden});
    motif_.resize(static_cast<std::size_t>(kHidden));
  }
  first_ = load(tensors, "net.0", kHidden, 7 + static_cast<std::int64_t>(motif_.size()));
  second_ = load(tensors, "net.2", kHidden, kHidden);
  third_ = load(tensors, "net.4", heads, kHidden);
  alpha_ = tensors.take("distance_scale", {heads});
  beta_ = tensors.take("distance_offset", {heads});
}

void TrajectoryBias::compute_row(std::span<const TrajectoryRow> scalars, std::int64_t i, std::span<float> bias) const {
  const auto n = static_cast<std::int64_t>(scalars.size());
  const TrajectoryRow& of_query = scalars[static_cast<std::size_t>(i)];
  std::array<float, 7 + kHidden> in{};
  std::ranges::copy(motif_, std::ranges::copy(of_query, in.begin()).out);
  std::array<float, kHidden> hidden{}, deeper{};
  first_.apply(std::span(in).first(7 + motif_.size()), hidden, true);
  second_.apply(hidden, deeper, true);
  for (std::int64_t h = 0; h < heads_; ++h) {
    const auto at = static_cast<std::size_t>(h);
    double gain = static_cast<double>(third_.bias[at]);
    for (std::size_t k = 0; k < deeper.size(); ++k) {
      gain += static_cast<double>(third_.weight[at * deeper.size() + k]) * static_cast<double>(deeper[k]);
    }
    // exp(-0.01 alpha |i - j| + beta) falls, or grows, by one factor with every step away from the query.
    const double step = std::exp(-0.01 * static_cast<double>(alpha_[at]));
    float* row = bias.data() + (h * n + i) * n;
    double kernel = gain * std::exp(static_cast<double>(beta_[at]));
    for (std::int64_t away = 0; away < n; ++away, kernel *= step) {
      if (i + away < n) row[i + away] = static_cast<float>(kernel);
      if (i - away >= 0) row[i - away] = static_cast<float>(kernel);
    }
  }
}

void TrajectoryBias::compute(std::span<const TrajectoryRow> scalars, std::span<float> bias, int threads) const {
  kernels::parallel_for(threads, static_cast<std::int64_t>(scalars.size()),
                        [&](std::int64_t i) { compute_row(scalars, i, bias); });
}

}  // namespace seben::ctc
