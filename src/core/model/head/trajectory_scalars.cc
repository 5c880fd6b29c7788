// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "kernels/threads.h"
#include "model/head/trajectory.h"

namespace seben::ctc {
namespace {

using kernels::TrajectoryScalars;

// The scalars of a whole trajectory: every "largest" and the median run over all of it.
class WholeTrajectory {
 public:
  WholeTrajectory(std::span<const float> states, std::int64_t width, TrajectoryWorkspace& w, int threads)
      : states_(states.data(), width),
        width_(width),
        n_(static_cast<std::int64_t>(states.size()) / width),
        w_(w),
        threads_(threads),
        values_(std::span(w.values).first(static_cast<std::size_t>(n_))) {
    kernels::parallel_for(threads, n_, [&](std::int64_t t) {
      for (std::int64_t j = 0; j < t; ++j) w_.distances[static_cast<std::size_t>(t * n_ + j)] = states_.distance(j, t);
    });
  }

  void compute() {
    find_commitment();
    for (std::int64_t t = 0; t < n_; ++t) at(t).uncertainty = states_.uncertainty(t, 0, earlier(t), w_.order);
    const double extent = find_extent(), jerk = largest_jerk(), median = find_median();
    const bool still = n_ < 3 || extent < kernels::kStill;
    kernels::parallel_for(threads_, n_, [&](std::int64_t t) {
      TrajectoryScalars& s = at(t);
      const auto before = values_.first(static_cast<std::size_t>(t));
      s.pressure = n_ < 3 ? 0.0 : kernels::pressure(values_, t);
      s.recovery = still ? 1.0 : kernels::recovery(before, earlier(t), s.uncertainty, median, extent);
      s.stiffness = t < 2 ? 0.5 : states_.stiffness(t, step(t), step(t - 1));
      s.novelty = novelty(t, extent);
      s.stability = stability(t, jerk);
    });
  }

 private:
  [[nodiscard]] TrajectoryScalars& at(std::int64_t t) const { return values_[static_cast<std::size_t>(t)]; }
  // Distances to the states before.
  [[nodiscard]] std::span<const double> earlier(std::int64_t t) const {
    return std::span(w_.distances).subspan(static_cast<std::size_t>(t * n_), static_cast<std::size_t>(t));
  }
  [[nodiscard]] double step(std::int64_t t) const { return earlier(t).back(); }

  void find_commitment() {
    double largest = 0.0;
    for (std::int64_t t = 1; t < n_; ++t) largest = std::max(largest, step(t));
    at(0).commitment = largest < kernels::kStill ? 1.0 : 0.5;
    for (std::int64_t t = 1; t < n_; ++t) at(t).commitment = kernels::share_left(step(t), largest);
  }
  // Twice the largest distance from the mean.
  [[nodiscard]] double find_extent() {
    std::fill_n(w_.mean.begin(), width_, 0.0);
    states_.add_mean(n_, w_.mean.data());
    double largest = 0.0;
    for (std::int64_t t = 0; t < n_; ++t) largest = std::max(largest, states_.distance_from(t, w_.mean.data()));
    return 2.0 * largest;
  }
  [[nodiscard]] double largest_jerk() const {
    double largest = 0.0;
    for (std::int64_t t = 3; t < n_; ++t) largest = std::max(largest, states_.jerk(t));
    return largest;
  }
  [[nodiscard]] double find_median() {
    const std::span<double> sorted = std::span(w_.sorted).first(values_.size());
    std::ranges::transform(values_, sorted.begin(), &TrajectoryScalars::uncertainty);
    std::ranges::sort(sorted);
    return kernels::median_of_sorted(sorted);
  }
  [[nodiscard]] double novelty(std::int64_t t, double extent) const {
    if (t == 0) return extent < kernels::kStill ? 0.5 : 1.0;
    return kernels::novelty(*std::ranges::min_element(earlier(t)), extent);
  }
  [[nodiscard]] double stability(std::int64_t t, double largest) const {
    if (n_ < 4) return 0.5;
    if (largest < kernels::kStill) return 1.0;
    return t < 3 ? 0.5 : kernels::share_left(states_.jerk(t), largest);
  }

  kernels::Trajectory states_;
  std::int64_t width_, n_;
  TrajectoryWorkspace& w_;
  int threads_;
  std::span<TrajectoryScalars> values_;
};

TrajectoryRow row_of(const TrajectoryScalars& s) {
  const std::array<double, 7> row{s.commitment, s.uncertainty, (s.pressure + 2.0) / 4.0, s.recovery, s.stiffness,
                                  s.novelty,    s.stability};
  TrajectoryRow out;
  std::ranges::transform(row, out.begin(), [](double x) { return static_cast<float>(x); });
  return out;
}

}  // namespace

TrajectoryWorkspace::TrajectoryWorkspace(std::int64_t max_states, std::int64_t width) {
  const auto n = static_cast<std::size_t>(max_states);
  distances.resize(n * n);
  mean.resize(static_cast<std::size_t>(width));
  sorted.resize(n);
  order.resize(n);
  values.resize(n);
  rows.resize(n);
}

std::span<const TrajectoryRow> trajectory_scalars(std::span<const float> states, std::int64_t width,
                                                  TrajectoryWorkspace& w, int threads) {
  const std::size_t count = states.size() / static_cast<std::size_t>(width);
  const std::span<TrajectoryRow> out = std::span(w.rows).first(count);
  if (count < 2) {
    for (auto& row : out) row.fill(0.5F);
    return out;
  }
  WholeTrajectory(states, width, w, threads).compute();
  std::ranges::transform(std::span(w.values).first(count), out.begin(), row_of);
  return out;
}

}  // namespace seben::ctc
