// SPDX-License-Identifier: Apache-2.0
#include "fit/calibrate.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "seben/error.h"

namespace seben::correction {
namespace {

constexpr double kNever = 2.0;

// P(X <= events) for X binomial over `trials` with `p`, term by term in logarithms.
double binomial_tail(std::int64_t events, std::int64_t trials, double p) {
  const auto n = static_cast<double>(trials);
  const double log_odds = std::log(p) - std::log1p(-p);
  double sum = 0.0, log_term = n * std::log1p(-p);
  for (std::int64_t i = 0; i <= events; ++i) {
    sum += std::exp(log_term);
    const auto k = static_cast<double>(i);
    log_term += std::log((n - k) / (k + 1)) + log_odds;
  }
  return sum;
}

// Every threshold at which something changes, falling; before them one that nothing reaches.
std::vector<double> thresholds_of(std::span<const Trajectory> utterances) {
  std::vector<double> all{kNever};
  for (const Trajectory& u : utterances) all.insert(all.end(), u.reach.begin(), u.reach.end());
  std::ranges::sort(all, std::greater<>());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

// The lowest threshold such that the limit holds there and at every higher one.
double limited(const std::vector<OperatingPoint>& curve, double limit) {
  double threshold = kNever;
  for (const OperatingPoint& point : curve) {
    if (point.worse_bound > limit) break;
    threshold = point.threshold;
  }
  return threshold;
}

}  // namespace

std::int64_t Trajectory::errors_at(double threshold) const noexcept {
  std::size_t edits = 0;
  while (edits < reach.size() && reach[edits] >= threshold) ++edits;
  return errors[edits];
}

double upper_bound(std::int64_t events, std::int64_t trials, double confidence) {
  if (trials <= 0 || events >= trials) return 1.0;
  double low = 0.0, high = 1.0;
  for (int i = 0; i < 60; ++i) {
    const double middle = 0.5 * (low + high);
    (binomial_tail(events, trials, middle) > 1.0 - confidence ? low : high) = middle;
  }
  return high;
}

OperatingPoint operating_point(std::span<const Trajectory> utterances, double threshold, double confidence) {
  OperatingPoint point;
  point.threshold = threshold;
  std::int64_t errors = 0, reference = 0;
  for (const Trajectory& u : utterances) {
    const std::int64_t before = u.errors.front(), after = u.errors_at(threshold);
    errors += after;
    reference += u.reference;
    point.better += after < before ? 1 : 0;
    point.same += after == before ? 1 : 0;
    point.worse += after > before ? 1 : 0;
    point.changed += !u.reach.empty() && u.reach.front() >= threshold ? 1 : 0;
  }
  point.cer = static_cast<double>(errors) / static_cast<double>(std::max<std::int64_t>(1, reference));
  point.worse_bound = upper_bound(point.worse, static_cast<std::int64_t>(utterances.size()), confidence);
  return point;
}

Calibration calibrate(std::span<const Trajectory> utterances, const CalibrationOptions& options) {
  if (utterances.empty()) {
    throw Error(ErrorCategory::bad_data, "calibration", "utterances that were kept from the fit", "none");
  }
  Calibration out;
  for (const double threshold : thresholds_of(utterances)) {
    out.curve.push_back(operating_point(utterances, threshold, options.confidence));
  }
  const auto best = std::ranges::min_element(out.curve, {}, &OperatingPoint::cer);
  const double given_up = best->cer + options.plateau * (out.curve.front().cer - best->cer);
  double aggressive = best->threshold;
  for (const OperatingPoint& point : out.curve) {
    if (point.cer <= given_up) aggressive = std::min(aggressive, point.threshold);
  }
  const double conservative = std::max(best->threshold, limited(out.curve, options.conservative_worse));
  const double preservation = std::max(conservative, limited(out.curve, options.preservation_worse));
  out.thresholds = {aggressive, best->threshold, conservative, preservation};
  return out;
}

}  // namespace seben::correction
