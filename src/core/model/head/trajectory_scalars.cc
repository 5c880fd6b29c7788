// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "kernels/threads.h"
#include "model/head/trajectory.h"

namespace seben::ctc {
namespace {

constexpr std::int64_t kNeighbours = 5;
constexpr std::size_t kAngleBins = 8;
constexpr double kTiny = 1e-10;

double& cell(std::vector<double>& s, std::int64_t i) { return s[static_cast<std::size_t>(i)]; }
double unit(double x) { return std::clamp(x, 0.0, 1.0); }

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

class Geometry {
 public:
  Geometry(std::span<const float> states, std::int64_t width, TrajectoryWorkspace& w, int threads)
      : states_(states), width_(width), n_(static_cast<std::int64_t>(states.size()) / width), w_(w) {
    kernels::parallel_for(threads, n_, [&](std::int64_t i) {
      for (std::int64_t j = 0; j < i; ++j) cell(w_.distances, i * n_ + j) = measure(i, j);
    });
  }

  [[nodiscard]] std::int64_t size() const { return n_; }
  [[nodiscard]] double distance(std::int64_t i, std::int64_t j) const {
    return i == j ? 0.0 : cell(w_.distances, std::max(i, j) * n_ + std::min(i, j));
  }
  // (s_b - s_a) . (s_d - s_c)
  [[nodiscard]] double product(std::int64_t a, std::int64_t b, std::int64_t c, std::int64_t d) const {
    const float *pa = row(a), *pb = row(b), *pc = row(c), *pd = row(d);
    return sum_over(width_, [=](std::int64_t i) { return (wide(pb[i]) - wide(pa[i])) * (wide(pd[i]) - wide(pc[i])); });
  }
  // Length of the third difference that ends at t.
  [[nodiscard]] double jerk(std::int64_t t) const {
    const float *p = row(t - 3), *q = row(t - 2), *r = row(t - 1), *s = row(t);
    return std::sqrt(sum_over(width_, [=](std::int64_t i) {
      const double j = wide(s[i]) - 3 * wide(r[i]) + 3 * wide(q[i]) - wide(p[i]);
      return j * j;
    }));
  }
  // Twice the largest distance from the mean.
  [[nodiscard]] double extent() const {
    std::fill_n(w_.mean.begin(), width_, 0.0);
    for (std::int64_t t = 0; t < n_; ++t) {
      for (std::int64_t i = 0; i < width_; ++i) cell(w_.mean, i) += wide(row(t)[i]) / static_cast<double>(n_);
    }
    const double* mean = w_.mean.data();
    double largest = 0.0;
    for (std::int64_t t = 0; t < n_; ++t) {
      const float* s = row(t);
      largest = std::max(
          largest, sum_over(width_, [=](std::int64_t i) { return (wide(s[i]) - mean[i]) * (wide(s[i]) - mean[i]); }));
    }
    return 2.0 * std::sqrt(largest);
  }

 private:
  static double wide(float x) { return static_cast<double>(x); }
  [[nodiscard]] const float* row(std::int64_t t) const { return states_.data() + t * width_; }
  [[nodiscard]] double measure(std::int64_t i, std::int64_t j) const {
    const float *a = row(i), *b = row(j);
    return std::sqrt(
        sum_over(width_, [=](std::int64_t k) { return (wide(a[k]) - wide(b[k])) * (wide(a[k]) - wide(b[k])); }));
  }

  std::span<const float> states_;
  std::int64_t width_, n_;
  TrajectoryWorkspace& w_;
};

void find_commitment(const Geometry& g, std::vector<double>& c) {
  double largest = 0.0;
  for (std::int64_t t = 1; t < g.size(); ++t) largest = std::max(largest, g.distance(t, t - 1));
  const bool still = largest < kTiny;
  cell(c, 0) = still ? 1.0 : 0.5;
  for (std::int64_t t = 1; t < g.size(); ++t) cell(c, t) = still ? 1.0 : unit(1.0 - g.distance(t, t - 1) / largest);
}

// Entropy of the angles between the directions to the nearest earlier states.
double angle_entropy(const Geometry& g, std::int64_t t, std::span<const std::int64_t> near) {
  std::array<double, kAngleBins> bins{};
  double pairs = 0.0;
  for (std::size_t a = 0; a < near.size(); ++a) {
    for (std::size_t b = a + 1; b < near.size(); ++b) {
      const double na = std::max(g.distance(near[a], t), kTiny), nb = std::max(g.distance(near[b], t), kTiny);
      const double cosine = std::clamp(g.product(t, near[a], t, near[b]) / (na * nb), -1.0, 1.0);
      const double angle = std::acos(cosine);  // states that are no numbers have no angle; they count as opposite
      bins[angle < std::numbers::pi
               ? static_cast<std::size_t>(angle / std::numbers::pi * static_cast<double>(kAngleBins))
               : kAngleBins - 1] += 1.0;
      pairs += 1.0;
    }
  }
  double entropy = 0.0;
  for (const double count : bins) {
    if (count > 0.0) entropy -= count / pairs * std::log2(count / pairs);
  }
  return unit(entropy / std::log2(static_cast<double>(kAngleBins)));
}

void find_uncertainty(const Geometry& g, std::vector<std::int64_t>& order, std::vector<double>& u) {
  std::fill_n(u.begin(), std::min<std::int64_t>(2, g.size()), 0.5);
  for (std::int64_t t = 2; t < g.size(); ++t) {
    const std::int64_t k = std::min(kNeighbours, t);
    std::iota(order.begin(), order.begin() + t, 0);
    std::partial_sort(order.begin(), order.begin() + k, order.begin() + t, [&](std::int64_t a, std::int64_t b) {
      return g.distance(a, t) != g.distance(b, t) ? g.distance(a, t) < g.distance(b, t) : a < b;
    });
    cell(u, t) = angle_entropy(g, t, std::span(order).first(static_cast<std::size_t>(k)));
  }
}

// The change from the state before, smoothed by a centred box of three whose ends are padded with zeros.
double smooth_change(const std::vector<double>& x, std::int64_t n, std::int64_t t) {
  double total = 0.0;
  for (std::int64_t j = std::max<std::int64_t>(1, t - 1); j <= std::min(n - 1, t + 1); ++j) {
    const auto at = static_cast<std::size_t>(j);
    total += (x[at] - x[at - 1]) / 3.0;
  }
  return total;
}

double median(std::span<const double> values, std::vector<double>& sorted) {
  std::ranges::copy(values, sorted.begin());
  std::sort(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(values.size()));
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2.0;
}

// Nearness to the closest state so far at which the trajectory was no more certain than it is on the whole.
double recovery(const Geometry& g, const std::vector<double>& u, double branch, double extent, std::int64_t t) {
  double nearest = -1.0;
  for (std::int64_t j = 0; j <= t; ++j) {
    if (u[static_cast<std::size_t>(j)] >= branch && (nearest < 0.0 || g.distance(t, j) < nearest)) {
      nearest = g.distance(t, j);
    }
  }
  return nearest < 0.0 ? 1.0 : unit(1.0 - nearest / extent);
}

double stiffness(const Geometry& g, std::int64_t t) {
  if (t < 2) return 0.5;
  const double a = std::max(g.distance(t, t - 1), kTiny), b = std::max(g.distance(t - 1, t - 2), kTiny);
  return (g.product(t - 1, t, t - 2, t - 1) / (a * b) + 1.0) / 2.0;
}

double novelty(const Geometry& g, double extent, std::int64_t t) {
  if (extent < kTiny) return 0.5;
  if (t == 0) return 1.0;
  double nearest = g.distance(t, 0);
  for (std::int64_t j = 1; j < t; ++j) nearest = std::min(nearest, g.distance(t, j));
  return unit(nearest / extent);
}

double largest_jerk(const Geometry& g) {
  double largest = 0.0;
  for (std::int64_t t = 3; t < g.size(); ++t) largest = std::max(largest, g.jerk(t));
  return largest;
}

double stability(const Geometry& g, double most, std::int64_t t) {
  if (g.size() < 4) return 0.5;
  if (most < kTiny) return 1.0;
  return t < 3 ? 0.5 : 1.0 - g.jerk(t) / most;
}

}  // namespace

TrajectoryWorkspace::TrajectoryWorkspace(std::int64_t max_states, std::int64_t width) {
  const auto n = static_cast<std::size_t>(max_states);
  distances.resize(n * n);
  mean.resize(static_cast<std::size_t>(width));
  for (auto* list : {&commitment, &uncertainty, &series}) list->resize(n);
  order.resize(n);
  scalars.resize(n);
}

std::span<const TrajectoryScalars> trajectory_scalars(std::span<const float> states, std::int64_t width,
                                                      TrajectoryWorkspace& w, int threads) {
  const std::size_t count = states.size() / static_cast<std::size_t>(width);
  const std::span<TrajectoryScalars> out = std::span(w.scalars).first(count);
  if (count < 2) {
    for (auto& row : out) row.fill(0.5F);
    return out;
  }
  const Geometry g(states, width, w, threads);
  const std::int64_t n = g.size();
  find_commitment(g, w.commitment);
  find_uncertainty(g, w.order, w.uncertainty);
  const double extent = g.extent(), most = largest_jerk(g);
  const double branch = median(std::span(w.uncertainty).first(count), w.series);
  const bool still = n < 3 || extent < kTiny;
  kernels::parallel_for(threads, n, [&](std::int64_t t) {
    const double pressure = n < 3 ? 0.0 : smooth_change(w.commitment, n, t) - smooth_change(w.uncertainty, n, t);
    const std::array<double, 7> row{cell(w.commitment, t),  cell(w.uncertainty, t),
                                    (pressure + 2.0) / 4.0, still ? 1.0 : recovery(g, w.uncertainty, branch, extent, t),
                                    stiffness(g, t),        novelty(g, extent, t),
                                    stability(g, most, t)};
    std::ranges::transform(row, out[static_cast<std::size_t>(t)].begin(),
                           [](double x) { return static_cast<float>(x); });
  });
  return out;
}

}  // namespace seben::ctc
