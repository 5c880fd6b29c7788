// SPDX-License-Identifier: Apache-2.0
#include "evaluate/mode_plots.h"

#include <fmt/format.h>

#include <algorithm>

namespace seben::pipeline {

std::string percent(double share, int decimals) { return fmt::format("{:.{}f}", 100.0 * share, decimals); }

report::Outcome verdict_of_change(double low, double high) noexcept {
  if (high < 0.0) return report::Outcome::good;
  return low > 0.0 ? report::Outcome::bad : report::Outcome::unclear;
}

report::BarChart::Bar rate_bar(const std::string& label, const nko::ErrorRate& rate, bool emphasis) {
  return {label, 100.0 * rate.rate, report::Interval{100.0 * rate.low, 100.0 * rate.high}, emphasis};
}

report::Svg threshold_plot(const std::string& title, const std::vector<correction::OperatingPoint>& curve,
                           const std::vector<std::pair<double, std::string>>& marks) {
  report::LinePlot::Series cer{"character error rate", {}, true}, worse{"worsened", {}, true},
      bound{"upper bound of worsened", {}, true};
  const auto add = [&](double x, const correction::OperatingPoint& p) {
    const auto utterances = static_cast<double>(std::max<std::int64_t>(1, p.better + p.same + p.worse));
    cer.points.push_back({x, 100.0 * p.cer});
    worse.points.push_back({x, 100.0 * static_cast<double>(p.worse) / utterances});
    bound.points.push_back({x, 100.0 * p.worse_bound});
  };
  // The curve falls, plots want it rising. What a point says holds from its threshold down to the next lower one (an
  // edit is made at every threshold up to its probability), so a step begins where the lower one ends.
  for (std::size_t i = curve.size(); i-- > 0;) {
    add(i + 1 < curve.size() ? std::min(1.0, curve[i + 1].threshold) : 0.0, curve[i]);
  }
  if (!curve.empty()) add(std::min(1.0, curve.front().threshold), curve.front());
  report::LinePlot plot{
      title, "threshold", {{"CER, %", {cer}}, {"utterances, %", {worse, bound}}}, {}, report::Interval{0.0, 1.0}};
  for (const auto& [threshold, name] : marks) {
    if (threshold <= 1.0) plot.markers.push_back({threshold, name});
  }
  return draw(plot);
}

report::Svg reliability_plot(const std::string& title, const std::vector<correction::ReliabilityBin>& bins) {
  report::Reliability diagram{title, {}};
  for (const correction::ReliabilityBin& b : bins) {
    if (b.count > 0) diagram.bins.push_back({b.predicted, b.observed, b.count});
  }
  return draw(diagram);
}

}  // namespace seben::pipeline
