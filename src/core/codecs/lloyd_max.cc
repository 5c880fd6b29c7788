// SPDX-License-Identifier: Apache-2.0
#include "codecs/lloyd_max.h"

#include <algorithm>
#include <cmath>

#include "seben/error.h"

namespace seben::quant {
namespace {

// The marginal in units of its standard deviation, up to a factor: (1 - t^2 / d)^((d-3)/2) or exp(-t^2 / 2).
class Marginal {
 public:
  explicit Marginal(std::int64_t dim) : d_(dim <= 4096 ? static_cast<double>(dim) : 0.0) {}

  [[nodiscard]] double density(double t) const {
    if (d_ == 0.0) return std::exp(-0.5 * t * t);
    const double inside = 1.0 - t * t / d_;
    if (inside <= 0.0) return d_ > 3.0 ? 0.0 : std::pow(1e-12, 0.5 * (d_ - 3.0));
    return std::pow(inside, 0.5 * (d_ - 3.0));
  }
  [[nodiscard]] double end() const { return d_ == 0.0 ? 9.0 : std::min(9.0, std::sqrt(d_)); }

 private:
  double d_;
};

struct Moments {
  double mass = 0.0, first = 0.0, second = 0.0;
};

Moments moments(const Marginal& f, double from, double to) {
  constexpr int kSteps = 64;  // Simpson; the widest interval is the tail
  const double h = (to - from) / kSteps;
  Moments sum;
  for (int i = 0; i <= kSteps; ++i) {
    const double t = from + h * i, weight = (i == 0 || i == kSteps ? 1.0 : i % 2 == 1 ? 4.0 : 2.0) * f.density(t);
    sum.mass += weight;
    sum.first += weight * t;
    sum.second += weight * t * t;
  }
  return {sum.mass * h / 3.0, sum.first * h / 3.0, sum.second * h / 3.0};
}

// Boundaries 0 = b_0 < midpoints < b_n = end of the positive half.
std::vector<double> boundaries(const std::vector<double>& levels, double end) {
  std::vector<double> out(levels.size() + 1, 0.0);
  for (std::size_t i = 1; i < levels.size(); ++i) out[i] = 0.5 * (levels[i - 1] + levels[i]);
  out.back() = end;
  return out;
}

// One Newton step for g_i = level_i - mean of interval i, whose Jacobian is tridiagonal. Returns the largest change.
double newton_step(const Marginal& f, std::vector<double>& levels) {
  const std::size_t n = levels.size();
  const std::vector<double> b = boundaries(levels, f.end());
  std::vector<double> lower(n), diagonal(n), upper(n), right(n);
  for (std::size_t i = 0; i < n; ++i) {
    const Moments m = moments(f, b[i], b[i + 1]);
    const double mean = m.first / m.mass;
    const double down = i == 0 ? 0.0 : 0.5 * f.density(b[i]) * (mean - b[i]) / m.mass;
    const double up = i + 1 == n ? 0.0 : 0.5 * f.density(b[i + 1]) * (b[i + 1] - mean) / m.mass;
    lower[i] = -down;
    upper[i] = -up;
    diagonal[i] = 1.0 - down - up;
    right[i] = mean - levels[i];
  }
  for (std::size_t i = 1; i < n; ++i) {
    const double factor = lower[i] / diagonal[i - 1];
    diagonal[i] -= factor * upper[i - 1];
    right[i] -= factor * right[i - 1];
  }
  double change = 0.0;
  for (std::size_t i = n; i-- > 0;) {
    right[i] = (right[i] - (i + 1 < n ? upper[i] * right[i + 1] : 0.0)) / diagonal[i];
    change = std::max(change, std::abs(right[i]));
  }
  double step = 1.0;  // shortened until the levels stay in order and inside
  for (; step > 1e-3; step *= 0.5) {
    double before = 0.0;
    bool good = true;
    for (std::size_t i = 0; i < n && good; ++i) {
      const double moved = levels[i] + step * right[i];
      good = moved > before && moved < f.end();
      before = moved;
    }
    if (good) break;
  }
  for (std::size_t i = 0; i < n; ++i) levels[i] += step * right[i];
  return change;
}

// The optimal density of levels is proportional to f^(1/3) (Panter and Dite 1951): a good place to start.
std::vector<double> starting_levels(const Marginal& f, std::size_t n) {
  constexpr int kGrid = 4096;
  std::vector<double> cumulative(kGrid + 1, 0.0);
  const double h = f.end() / kGrid;
  for (int i = 0; i < kGrid; ++i) {
    const auto at = static_cast<std::size_t>(i);
    cumulative[at + 1] = cumulative[at] + std::cbrt(f.density((i + 0.5) * h));
  }
  std::vector<double> levels(n);
  std::size_t at = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const double wanted = cumulative.back() * (static_cast<double>(i) + 0.5) / static_cast<double>(n);
    while (cumulative[at + 1] < wanted) ++at;
    levels[i] = (static_cast<double>(at) + (wanted - cumulative[at]) / (cumulative[at + 1] - cumulative[at])) * h;
  }
  return levels;
}

double on_grid(double value) { return std::round(value * 65536.0) / 65536.0; }

double distortion_of(const Marginal& f, const std::vector<double>& levels) {
  const std::vector<double> b = boundaries(levels, f.end());
  double error = 0.0, variance = 0.0;
  for (std::size_t i = 0; i < levels.size(); ++i) {
    const Moments m = moments(f, b[i], b[i + 1]);
    error += m.second - 2.0 * levels[i] * m.first + levels[i] * levels[i] * m.mass;
    variance += m.second;
  }
  return error / variance;
}

}  // namespace

Codebook lloyd_max(int bits, std::int64_t dim) {
  if (bits < 0 || bits > 8 || dim < 2) {
    throw Error(ErrorCategory::internal, "lloyd_max", "0 to 8 bits and a width of at least 2",
                std::to_string(bits) + " bits, width " + std::to_string(dim));
  }
  if (bits == 0) return {{0.0F}, {}, 1.0};
  const Marginal f(dim);
  std::vector<double> levels = starting_levels(f, std::size_t{1} << (bits - 1));
  double change = 1.0;
  for (int i = 0; i < 100 && change > 1e-10; ++i) change = newton_step(f, levels);
  if (!(change <= 1e-10)) {
    throw Error(ErrorCategory::internal, "lloyd_max", "convergence", "a change of " + std::to_string(change));
  }
  Codebook book;
  book.distortion = distortion_of(f, levels);
  for (std::size_t i = levels.size(); i-- > 0;) book.levels.push_back(static_cast<float>(-on_grid(levels[i])));
  for (const double level : levels) book.levels.push_back(static_cast<float>(on_grid(level)));
  for (std::size_t i = 1; i < book.levels.size(); ++i) {
    book.thresholds.push_back(0.5F * (book.levels[i - 1] + book.levels[i]));
  }
  return book;
}

}  // namespace seben::quant
