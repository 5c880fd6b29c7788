// SPDX-License-Identifier: Apache-2.0
#include "kernels/trajectory.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <numeric>

namespace seben::kernels {
namespace {

constexpr std::int64_t kNeighbours = 5;
constexpr std::size_t kAngleBins = 8;

double unit(double x) { return std::clamp(x, 0.0, 1.0); }
double wide(float x) { return static_cast<double>(x); }

// sum_i term(i), in eight lanes that a compiler can keep in vector registers.
template <typename Term>
double sum_over(std::int64_t width, Term term) {
  double lanes[8] = {};
  std::int64_t i = 0;
  for (; i + 8 <= width; i += 8) {
    for (std::int64_t lane = 0; lane < 8; ++lane) lanes[lane] += term(i + lane);
  }
  double total = 0.0;
  for (; i < width; ++i) total += term(i);
  for (const double lane : lanes) total += lane;
  return total;
}

double entropy(const std::array<double, kAngleBins>& bins, double total) {
  double sum = 0.0;
  for (const double count : bins) {
    if (count > 0.0) sum -= count / total * std::log2(count / total);
  }
  return unit(sum / std::log2(static_cast<double>(kAngleBins)));
}

}  // namespace

double Trajectory::distance(std::int64_t a, std::int64_t b) const {
  const float *pa = row(a), *pb = row(b);
  return std::sqrt(
      sum_over(width_, [=](std::int64_t i) { return (wide(pa[i]) - wide(pb[i])) * (wide(pa[i]) - wide(pb[i])); }));
}

double Trajectory::product(std::int64_t a, std::int64_t b, std::int64_t c, std::int64_t d) const {
  const float *pa = row(a), *pb = row(b), *pc = row(c), *pd = row(d);
  return sum_over(width_, [=](std::int64_t i) { return (wide(pb[i]) - wide(pa[i])) * (wide(pd[i]) - wide(pc[i])); });
}

double Trajectory::jerk(std::int64_t t) const {
  const float *p = row(t - 3), *q = row(t - 2), *r = row(t - 1), *s = row(t);
  return std::sqrt(sum_over(width_, [=](std::int64_t i) {
    const double j = wide(s[i]) - 3 * wide(r[i]) + 3 * wide(q[i]) - wide(p[i]);
    return j * j;
  }));
}

void Trajectory::add_mean(std::int64_t n, double* point) const {
  for (std::int64_t t = 0; t < n; ++t) {
    for (std::int64_t i = 0; i < width_; ++i) point[i] += wide(row(t)[i]) / static_cast<double>(n);
  }
}

double Trajectory::distance_from(std::int64_t t, const double* point) const {
  const float* s = row(t);
  return std::sqrt(sum_over(width_, [=](std::int64_t i) { return (wide(s[i]) - point[i]) * (wide(s[i]) - point[i]); }));
}

double Trajectory::uncertainty(std::int64_t t, std::int64_t first, std::span<const double> distances,
                               std::vector<std::int64_t>& order) const {
  const auto count = static_cast<std::int64_t>(distances.size()), near = std::min(kNeighbours, count);
  if (near < 2) return 0.5;
  const auto away = [&](std::int64_t j) { return distances[static_cast<std::size_t>(j)]; };
  order.resize(distances.size());
  std::iota(order.begin(), order.end(), 0);
  std::partial_sort(order.begin(), order.begin() + near, order.end(),
                    [&](std::int64_t a, std::int64_t b) { return away(a) != away(b) ? away(a) < away(b) : a < b; });
  std::array<double, kAngleBins> bins{};
  double pairs = 0.0;
  for (auto a = order.begin(); a != order.begin() + near; ++a) {
    for (auto b = a + 1; b != order.begin() + near; ++b) {
      const double lengths = std::max(away(*a), kStill) * std::max(away(*b), kStill);
      const double cosine = std::clamp(product(t, first + *a, t, first + *b) / lengths, -1.0, 1.0);
      const double angle = std::acos(cosine);  // states that are no numbers have no angle; they count as opposite
      bins[angle < std::numbers::pi
               ? static_cast<std::size_t>(angle / std::numbers::pi * static_cast<double>(kAngleBins))
               : kAngleBins - 1] += 1.0;
      pairs += 1.0;
    }
  }
  return entropy(bins, pairs);
}

double Trajectory::stiffness(std::int64_t t, double step, double step_before) const {
  const double lengths = std::max(step, kStill) * std::max(step_before, kStill);
  return (product(t - 1, t, t - 2, t - 1) / lengths + 1.0) / 2.0;
}

double share_left(double part, double whole) { return whole < kStill ? 1.0 : unit(1.0 - part / whole); }

double novelty(double nearest, double extent) { return extent < kStill ? 0.5 : unit(nearest / extent); }

double recovery(std::span<const TrajectoryScalars> earlier, std::span<const double> distances, double own_uncertainty,
                double median, double extent) {
  double nearest = own_uncertainty >= median ? 0.0 : -1.0;
  for (std::size_t j = 0; j < earlier.size(); ++j) {
    const bool closer = nearest < 0.0 || distances[j] < nearest;
    if (closer && earlier[j].uncertainty >= median) nearest = distances[j];
  }
  return nearest < 0.0 ? 1.0 : unit(1.0 - nearest / extent);
}

double pressure(std::span<const TrajectoryScalars> all, std::int64_t t) {
  const auto last = static_cast<std::int64_t>(all.size()) - 1;
  double commitment = 0.0, uncertainty = 0.0;
  for (std::int64_t j = std::max<std::int64_t>(1, t - 1); j <= std::min(last, t + 1); ++j) {
    const TrajectoryScalars &now = all[static_cast<std::size_t>(j)], &before = all[static_cast<std::size_t>(j - 1)];
    commitment += (now.commitment - before.commitment) / 3.0;
    uncertainty += (now.uncertainty - before.uncertainty) / 3.0;
  }
  return commitment - uncertainty;
}

double median_of_sorted(std::span<const double> sorted) {
  const std::size_t middle = sorted.size() / 2;
  return sorted.size() % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2.0;
}

}  // namespace seben::kernels
