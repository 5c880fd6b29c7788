// SPDX-License-Identifier: Apache-2.0
#include "codecs/agp_scalars.h"

#include <algorithm>
#include <cmath>

namespace seben::quant {

// Twice the largest distance from the mean so far.
double AgpTrajectory::extent_with(std::span<const float> state) {
  mean_.resize(state.size(), 0.0);
  const std::int64_t t = size() - 1;
  for (std::size_t i = 0; i < state.size(); ++i) {
    mean_[i] += (static_cast<double>(state[i]) - mean_[i]) / static_cast<double>(t + 1);
  }
  largest_radius_ = std::max(states().distance_from(t, mean_.data()), kDecay * largest_radius_);
  return 2.0 * largest_radius_;
}

// To every state that is looked at.
void AgpTrajectory::find_distances(std::int64_t t) {
  distances_.clear();
  for (std::int64_t j = first_of(t); j < t; ++j) distances_.push_back(states().distance(j, t));
}

double AgpTrajectory::recovery(std::int64_t t, double own_uncertainty, double extent) {
  if (t < 2 || extent < kernels::kStill) return 1.0;
  sorted_.insert(std::ranges::upper_bound(sorted_, own_uncertainty), own_uncertainty);
  const auto earlier = std::span(scalars_).subspan(static_cast<std::size_t>(first_of(t)), distances_.size());
  return kernels::recovery(earlier, distances_, own_uncertainty, kernels::median_of_sorted(sorted_), extent);
}

double AgpTrajectory::stability(std::int64_t t) {
  if (t < 3) return 0.5;
  const double jerk = states().jerk(t);
  largest_jerk_ = std::max(jerk, kDecay * largest_jerk_);
  return kernels::share_left(jerk, largest_jerk_);
}

void AgpTrajectory::push(std::span<const float> next) {
  states_.insert(states_.end(), next.begin(), next.end());
  scalars_.emplace_back();
  AgpScalars& s = scalars_.back();
  const std::int64_t t = size() - 1;
  const double extent = extent_with(next);
  find_distances(t);
  if (t >= 1) {
    const double step = distances_.back();
    largest_step_ = std::max(step, kDecay * largest_step_);
    s.commitment = kernels::share_left(step, largest_step_);
    s.novelty = kernels::novelty(*std::ranges::min_element(distances_), extent);
    s.uncertainty = states().uncertainty(t, first_of(t), distances_, order_);
  }
  s.recovery = recovery(t, s.uncertainty, extent);
  if (t >= 2) s.stiffness = states().stiffness(t, distances_.back(), states().distance(t - 2, t - 1));
  s.stability = stability(t);
  if (t >= 1) {
    scalars_[static_cast<std::size_t>(t - 1)].pressure = kernels::pressure(scalars_, t - 1);
    complete_ = t;
  }
}

void AgpTrajectory::finish() {
  if (complete_ == size()) return;
  scalars_.back().pressure = kernels::pressure(scalars_, size() - 1);
  complete_ = size();
}

}  // namespace seben::quant
