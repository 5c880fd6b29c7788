// SPDX-License-Identifier: Apache-2.0
// Pictures that the reports of fits and of evaluations share.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "fit/fit.h"
#include "report/html.h"
#include "report/plots.h"

namespace seben::pipeline {

[[nodiscard]] std::string percent(double share, int decimals = 2);

[[nodiscard]] report::BarChart::Bar rate_bar(const std::string& label, const nko::ErrorRate& rate, bool emphasis);

/// Good when the whole interval lies below 0, bad when it lies above: an error rate that falls is a good change.
[[nodiscard]] report::Outcome verdict_of_change(double low, double high) noexcept;

/// Error rate and worsened utterances over the threshold; marks are (threshold, name), those above 1 left out.
[[nodiscard]] report::Svg threshold_plot(const std::string& title, const std::vector<correction::OperatingPoint>& curve,
                                         const std::vector<std::pair<double, std::string>>& marks);

[[nodiscard]] report::Svg reliability_plot(const std::string& title,
                                           const std::vector<correction::ReliabilityBin>& bins);

}  // namespace seben::pipeline
