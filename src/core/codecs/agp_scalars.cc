// SPDX-License-Identifier: Apache-2.0
#include "codecs/agp_scalars.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <numeric>

namespace seben::quant {
namespace {

constexpr std::int64_t kNeighbours = 5;
constexpr std::size_t kAngleBins = 8;
constexpr double kTiny = 1e-10;

double unit(double x) { return std::clamp(x, 0.0, 1.0); }
double wide(float x) { return static_cast<double>(x); }

double step_product(const float* a, const float* b, const float* c, const float* d, std::int64_t n) {
  double sum = 0.0;
  for (std::int64_t i = 0; i < n; ++i) sum += (wide(b[i]) - wide(a[i])) * (wide(d[i]) - wide(c[i]));
  return sum;
}

}  // namespace

double AgpTrajectory::distance(std::int64_t a, std::int64_t b) const {
  return std::sqrt(step_product(state(a), state(b), state(a), state(b), width_));
}

// distances_ holds those from t to every state that is looked at.
double AgpTrajectory::uncertainty(std::int64_t t) {
  const std::int64_t first = std::max<std::int64_t>(0, t - kHistory), k = std::min(kNeighbours, t - first);
  if (k < 2) return 0.5;
  order_.resize(static_cast<std::size_t>(t - first));
  std::iota(order_.begin(), order_.end(), first);
  const auto at = [&](std::int64_t j) { return distances_[static_cast<std::size_t>(j - first)]; };
  std::partial_sort(order_.begin(), order_.begin() + k, order_.end(),
                    [&](std::int64_t a, std::int64_t b) { return at(a) != at(b) ? at(a) < at(b) : a < b; });
  std::array<double, kAngleBins> bins{};
  double pairs = 0.0;
  for (std::int64_t a = 0; a < k; ++a) {
    for (std::int64_t b = a + 1; b < k; ++b) {
      const std::int64_t ja = order_[static_cast<std::size_t>(a)], jb = order_[static_cast<std::size_t>(b)];
      const double product = step_product(state(t), state(ja), state(t), state(jb), width_);
      const double angle =
          std::acos(std::clamp(product / (std::max(at(ja), kTiny) * std::max(at(jb), kTiny)), -1.0, 1.0));
      bins[std::min(kAngleBins - 1, static_cast<std::size_t>(angle / std::numbers::pi * kAngleBins))] += 1.0;
      pairs += 1.0;
    }
  }
  double entropy = 0.0;
  for (const double count : bins) {
    if (count > 0.0) entropy -= count / pairs * std::log2(count / pairs);
  }
  return unit(entropy / std::log2(static_cast<double>(kAngleBins)));
}

double AgpTrajectory::recovery(std::int64_t t, double extent) {
  if (t < 2 || extent < kTiny) return 1.0;
  sorted_.insert(std::upper_bound(sorted_.begin(), sorted_.end(), scalars_.back().uncertainty),
                 scalars_.back().uncertainty);
  const std::size_t middle = sorted_.size() / 2;
  const double median = sorted_.size() % 2 == 1 ? sorted_[middle] : 0.5 * (sorted_[middle - 1] + sorted_[middle]);
  if (scalars_.back().uncertainty >= median) return 1.0;
  const std::int64_t first = std::max<std::int64_t>(0, t - kHistory);
  double nearest = -1.0;
  for (std::int64_t j = first; j < t; ++j) {
    const double d = distances_[static_cast<std::size_t>(j - first)];
    if (scalars_[static_cast<std::size_t>(j)].uncertainty >= median && (nearest < 0.0 || d < nearest)) nearest = d;
  }
  return nearest < 0.0 ? 1.0 : unit(1.0 - nearest / extent);
}

void AgpTrajectory::complete_pressure(std::int64_t t) {
  double total = 0.0;
  for (std::int64_t j = std::max<std::int64_t>(1, t - 1); j <= std::min(size() - 1, t + 1); ++j) {
    const AgpScalars &now = scalars_[static_cast<std::size_t>(j)], &before = scalars_[static_cast<std::size_t>(j - 1)];
    total += ((now.commitment - before.commitment) - (now.uncertainty - before.uncertainty)) / 3.0;
  }
  scalars_[static_cast<std::size_t>(t)].pressure = total;
}

void AgpTrajectory::push(std::span<const float> next) {
  states_.insert(states_.end(), next.begin(), next.end());
  scalars_.emplace_back();
  AgpScalars& s = scalars_.back();
  const std::int64_t t = size() - 1;

  mean_.resize(next.size(), 0.0);
  double radius = 0.0;
  for (std::size_t i = 0; i < next.size(); ++i) {
    mean_[i] += (wide(next[i]) - mean_[i]) / static_cast<double>(t + 1);
    radius += (wide(next[i]) - mean_[i]) * (wide(next[i]) - mean_[i]);
  }
  largest_radius_ = std::max(std::sqrt(radius), kDecay * largest_radius_);
  const double extent = 2.0 * largest_radius_;

  if (t >= 1) {
    const std::int64_t first = std::max<std::int64_t>(0, t - kHistory);
    distances_.clear();
    for (std::int64_t j = first; j < t; ++j) distances_.push_back(distance(j, t));
    const double step = distances_.back();
    largest_step_ = std::max(step, kDecay * largest_step_);
    s.commitment = largest_step_ < kTiny ? 1.0 : unit(1.0 - step / largest_step_);
    s.novelty = extent < kTiny ? 0.5 : unit(*std::ranges::min_element(distances_) / extent);
    s.uncertainty = uncertainty(t);
  }
  s.recovery = recovery(t, extent);
  if (t >= 2) {
    const double a = std::max(distance(t - 1, t), kTiny), b = std::max(distance(t - 2, t - 1), kTiny);
    s.stiffness = (step_product(state(t - 1), state(t), state(t - 2), state(t - 1), width_) / (a * b) + 1.0) / 2.0;
  }
  if (t >= 3) {
    const float *p = state(t - 3), *q = state(t - 2), *r = state(t - 1), *now = state(t);
    double square = 0.0;
    for (std::int64_t i = 0; i < width_; ++i) {
      const double j = wide(now[i]) - 3 * wide(r[i]) + 3 * wide(q[i]) - wide(p[i]);
      square += j * j;
    }
    const double jerk = std::sqrt(square);
    largest_jerk_ = std::max(jerk, kDecay * largest_jerk_);
    s.stability = largest_jerk_ < kTiny ? 1.0 : unit(1.0 - jerk / largest_jerk_);
  }
  if (t >= 1) {
    complete_pressure(t - 1);
    complete_ = t;
  }
}

void AgpTrajectory::finish() {
  if (complete_ == size()) return;
  complete_pressure(size() - 1);
  complete_ = size();
}

}  // namespace seben::quant
