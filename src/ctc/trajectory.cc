// SPDX-License-Identifier: Apache-2.0
#include "ctc/trajectory.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

namespace seben::ctc {
namespace {

constexpr std::int64_t kNeighbours = 5;
constexpr int kAngleBins = 8;
constexpr double kTiny = 1e-10;

using Series = std::vector<double>;

// Squared distances and inner products of all pairs, from which every scalar follows.
class Geometry {
 public:
  Geometry(std::span<const float> states, std::int64_t width)
      : states_(states), width_(width), n_(static_cast<std::int64_t>(states.size()) / width) {}

  [[nodiscard]] std::int64_t size() const { return n_; }
  [[nodiscard]] double distance(std::int64_t i, std::int64_t j) const { return std::sqrt(squared(i, j)); }
  // (s_a - s_c) . (s_b - s_c)
  [[nodiscard]] double corner(std::int64_t a, std::int64_t b, std::int64_t c) const {
    double total = 0.0;
    for (std::int64_t d = 0; d < width_; ++d) total += (at(a, d) - at(c, d)) * (at(b, d) - at(c, d));
    return total;
  }
  // (s_b - s_a) . (s_d - s_c)
  [[nodiscard]] double step_product(std::int64_t a, std::int64_t b, std::int64_t c, std::int64_t e) const {
    double total = 0.0;
    for (std::int64_t d = 0; d < width_; ++d) total += (at(b, d) - at(a, d)) * (at(e, d) - at(c, d));
    return total;
  }
  [[nodiscard]] double jerk(std::int64_t t) const {
    double total = 0.0;
    for (std::int64_t d = 0; d < width_; ++d) {
      const double j = at(t, d) - 3 * at(t - 1, d) + 3 * at(t - 2, d) - at(t - 3, d);
      total += j * j;
    }
    return std::sqrt(total);
  }
  // Twice the largest distance from the mean.
  [[nodiscard]] double extent() const {
    Series mean(static_cast<std::size_t>(width_), 0.0);
    for (std::int64_t i = 0; i < n_; ++i) {
      for (std::int64_t d = 0; d < width_; ++d) mean[static_cast<std::size_t>(d)] += at(i, d) / static_cast<double>(n_);
    }
    double largest = 0.0;
    for (std::int64_t i = 0; i < n_; ++i) {
      double total = 0.0;
      for (std::int64_t d = 0; d < width_; ++d) total += std::pow(at(i, d) - mean[static_cast<std::size_t>(d)], 2);
      largest = std::max(largest, total);
    }
    return 2.0 * std::sqrt(largest);
  }

 private:
  [[nodiscard]] double at(std::int64_t i, std::int64_t d) const {
    return static_cast<double>(states_[static_cast<std::size_t>(i * width_ + d)]);
  }
  [[nodiscard]] double squared(std::int64_t i, std::int64_t j) const {
    double total = 0.0;
    for (std::int64_t d = 0; d < width_; ++d) total += (at(i, d) - at(j, d)) * (at(i, d) - at(j, d));
    return total;
  }

  std::span<const float> states_;
  std::int64_t width_, n_;
};

double& cell(Series& s, std::int64_t i) { return s[static_cast<std::size_t>(i)]; }
double cell(const Series& s, std::int64_t i) { return s[static_cast<std::size_t>(i)]; }
double unit(double x) { return std::clamp(x, 0.0, 1.0); }

Series commitment(const Geometry& g) {
  Series c(static_cast<std::size_t>(g.size()), 0.5);
  double largest = 0.0;
  for (std::int64_t t = 1; t < g.size(); ++t) largest = std::max(largest, cell(c, t) = g.distance(t, t - 1));
  if (largest < kTiny) return Series(c.size(), 1.0);
  for (std::int64_t t = 1; t < g.size(); ++t) cell(c, t) = unit(1.0 - cell(c, t) / largest);
  return c;
}

// Entropy of the angles between the directions to the nearest earlier states.
double angle_entropy(const Geometry& g, std::int64_t t, std::span<const std::int64_t> near) {
  std::array<double, kAngleBins> bins{};
  double pairs = 0.0;
  for (std::size_t a = 0; a < near.size(); ++a) {
    for (std::size_t b = a + 1; b < near.size(); ++b) {
      const double na = std::max(g.distance(near[a], t), kTiny), nb = std::max(g.distance(near[b], t), kTiny);
      const double cosine = std::clamp(g.corner(near[a], near[b], t) / (na * nb), -1.0, 1.0);
      const auto bin = static_cast<int>(std::acos(cosine) / std::numbers::pi * kAngleBins);
      bins[static_cast<std::size_t>(std::min(bin, kAngleBins - 1))] += 1.0;
      pairs += 1.0;
    }
  }
  double entropy = 0.0;
  for (const double count : bins) {
    if (count > 0.0) entropy -= count / pairs * std::log2(count / pairs);
  }
  return unit(entropy / std::log2(kAngleBins));
}

Series uncertainty(const Geometry& g) {
  Series u(static_cast<std::size_t>(g.size()), 0.5);
  std::vector<std::int64_t> order;
  Series distance;
  for (std::int64_t t = 2; t < g.size(); ++t) {
    const std::int64_t k = std::min(kNeighbours, t);
    order.resize(static_cast<std::size_t>(t));
    std::iota(order.begin(), order.end(), 0);
    distance.resize(static_cast<std::size_t>(t));
    for (std::int64_t j = 0; j < t; ++j) cell(distance, j) = g.distance(j, t);
    std::partial_sort(order.begin(), order.begin() + k, order.end(), [&](std::int64_t a, std::int64_t b) {
      return cell(distance, a) != cell(distance, b) ? cell(distance, a) < cell(distance, b) : a < b;
    });
    cell(u, t) = angle_entropy(g, t, std::span(order).first(static_cast<std::size_t>(k)));
  }
  return u;
}

// First differences, smoothed by a centred box of three whose ends are padded with zeros.
Series smooth_change(const Series& x) {
  const auto n = static_cast<std::int64_t>(x.size());
  Series change(x.size(), 0.0), out(x.size(), 0.0);
  for (std::int64_t t = 1; t < n; ++t) cell(change, t) = cell(x, t) - cell(x, t - 1);
  for (std::int64_t t = 0; t < n; ++t) {
    for (std::int64_t j = std::max<std::int64_t>(0, t - 1); j <= std::min(n - 1, t + 1); ++j) {
      cell(out, t) += cell(change, j) / 3.0;
    }
  }
  return out;
}

Series pressure(const Series& c, const Series& u) {
  Series p(c.size(), 0.0);
  if (c.size() < 3) return p;
  const Series dc = smooth_change(c), du = smooth_change(u);
  for (std::size_t t = 0; t < p.size(); ++t) p[t] = dc[t] - du[t];
  return p;
}

double median(Series values) {
  std::ranges::sort(values);
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2.0;
}

Series recovery(const Geometry& g, const Series& u, double extent) {
  Series r(u.size(), 1.0);
  if (g.size() < 3 || extent < kTiny) return r;
  const double branch = median(u);
  for (std::int64_t t = 0; t < g.size(); ++t) {
    double nearest = -1.0;
    for (std::int64_t j = 0; j <= t; ++j) {
      if (cell(u, j) >= branch && (nearest < 0.0 || g.distance(t, j) < nearest)) nearest = g.distance(t, j);
    }
    if (nearest >= 0.0) cell(r, t) = unit(1.0 - nearest / extent);
  }
  return r;
}

Series stiffness(const Geometry& g) {
  Series k(static_cast<std::size_t>(g.size()), 0.5);
  for (std::int64_t t = 2; t < g.size(); ++t) {
    const double a = std::max(g.distance(t, t - 1), kTiny), b = std::max(g.distance(t - 1, t - 2), kTiny);
    cell(k, t) = (g.step_product(t - 1, t, t - 2, t - 1) / (a * b) + 1.0) / 2.0;
  }
  return k;
}

Series novelty(const Geometry& g, double extent) {
  Series v(static_cast<std::size_t>(g.size()), 0.5);
  if (extent < kTiny) return v;
  cell(v, 0) = 1.0;
  for (std::int64_t t = 1; t < g.size(); ++t) {
    double nearest = g.distance(t, 0);
    for (std::int64_t j = 1; j < t; ++j) nearest = std::min(nearest, g.distance(t, j));
    cell(v, t) = unit(nearest / extent);
  }
  return v;
}

Series stability(const Geometry& g) {
  Series s(static_cast<std::size_t>(g.size()), 0.5);
  if (g.size() < 4) return s;
  double largest = 0.0;
  for (std::int64_t t = 3; t < g.size(); ++t) largest = std::max(largest, g.jerk(t));
  if (largest < kTiny) return Series(s.size(), 1.0);
  for (std::int64_t t = 3; t < g.size(); ++t) cell(s, t) = 1.0 - g.jerk(t) / largest;
  return s;
}

// y = W x + b, with exact GELU when asked.
std::vector<float> dense(const std::vector<float>& w, const std::vector<float>& b, const std::vector<float>& x,
                         bool gelu) {
  std::vector<float> y(b.size());
  for (std::size_t o = 0; o < y.size(); ++o) {
    double total = static_cast<double>(b[o]);
    for (std::size_t i = 0; i < x.size(); ++i)
      total += static_cast<double>(w[o * x.size() + i]) * static_cast<double>(x[i]);
    if (gelu) total *= 0.5 * (1.0 + std::erf(total / std::numbers::sqrt2));
    y[o] = static_cast<float>(total);
  }
  return y;
}

}  // namespace

std::vector<TrajectoryScalars> trajectory_scalars(std::span<const float> states, std::int64_t width) {
  const Geometry g(states, width);
  std::vector<TrajectoryScalars> out(static_cast<std::size_t>(g.size()));
  if (g.size() < 2) {
    for (auto& row : out) row.fill(0.5F);
    return out;
  }
  const double extent = g.extent();
  const Series c = commitment(g), u = uncertainty(g), p = pressure(c, u), r = recovery(g, u, extent);
  const Series k = stiffness(g), v = novelty(g, extent), s = stability(g);
  for (std::size_t t = 0; t < out.size(); ++t) {
    const std::array<double, 7> row{c[t], u[t], (p[t] + 2.0) / 4.0, r[t], k[t], v[t], s[t]};
    std::ranges::transform(row, out[t].begin(), [](double x) { return static_cast<float>(x); });
  }
  return out;
}

TrajectoryBias::TrajectoryBias(HeadTensors& tensors, std::int64_t heads)
    : heads_(heads), inputs_(tensors.has("inscription_emb.weight") ? 7 + kHidden : 7) {
  w0_ = tensors.take("net.0.weight", {kHidden, inputs_});
  b0_ = tensors.take("net.0.bias", {kHidden});
  w1_ = tensors.take("net.2.weight", {kHidden, kHidden});
  b1_ = tensors.take("net.2.bias", {kHidden});
  w2_ = tensors.take("net.4.weight", {heads, kHidden});
  b2_ = tensors.take("net.4.bias", {heads});
  alpha_ = tensors.take("distance_scale", {heads});
  beta_ = tensors.take("distance_offset", {heads});
  if (inputs_ > 7) {
    motif_ = tensors.take("inscription_emb.weight", {10, kHidden});
    motif_.resize(static_cast<std::size_t>(kHidden));  // a missing motif means motif 0
  }
}

void TrajectoryBias::compute(std::span<const float> states, std::int64_t width, std::span<float> bias) const {
  const std::vector<TrajectoryScalars> scalars = trajectory_scalars(states, width);
  const auto n = static_cast<std::int64_t>(scalars.size());
  for (std::int64_t i = 0; i < n; ++i) {
    std::vector<float> x(scalars[static_cast<std::size_t>(i)].begin(), scalars[static_cast<std::size_t>(i)].end());
    x.insert(x.end(), motif_.begin(), motif_.end());
    const std::vector<float> gain = dense(w2_, b2_, dense(w1_, b1_, dense(w0_, b0_, x, true), true), false);
    for (std::int64_t h = 0; h < heads_; ++h) {
      const auto at = static_cast<std::size_t>(h);
      for (std::int64_t j = 0; j < n; ++j) {
        const auto away = static_cast<float>(std::abs(i - j));
        bias[static_cast<std::size_t>((h * n + i) * n + j)] =
            gain[at] * std::exp(-0.01F * alpha_[at] * away + beta_[at]);
      }
    }
  }
}

}  // namespace seben::ctc
