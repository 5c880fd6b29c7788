// SPDX-License-Identifier: Apache-2.0
#include "evaluate/mode_plots.h"

#include <gtest/gtest.h>

#include <sstream>

#include "lab/report/markup.h"

namespace seben::pipeline {
namespace {

struct Place {
  double x = 0.0, y = 0.0;
};

// The first line of a picture.
std::vector<Place> line_of(const report::Svg& svg) {
  std::vector<Place> places;
  for (const auto& element : report::test::read_markup(svg.markup())) {
    if (element.name != "polyline") continue;
    std::istringstream points(element.attributes.at("points"));
    for (Place p; points >> p.x && points.ignore() && points >> p.y;) places.push_back(p);
    break;
  }
  return places;
}

// Where a line that never goes back stands at `x`, approached from the left.
double height_at(const std::vector<Place>& line, double x) {
  double y = line.front().y;
  for (std::size_t i = 1; i < line.size() && line[i - 1].x < x; ++i) y = line[i].y;
  return y;
}

// At a mode's own threshold, and between two, the line stands where the table of the same page says.
TEST(EvalReport, ThresholdPlotAgreesWithItsTable) {
  std::vector<correction::OperatingPoint> curve(4);
  const double thresholds[] = {2.0, 0.9, 0.5, 0.2}, rates[] = {0.10, 0.08, 0.05, 0.07};
  for (std::size_t i = 0; i < curve.size(); ++i) {
    curve[i].threshold = thresholds[i];
    curve[i].cer = rates[i];
    curve[i].same = 10;
  }
  const std::vector<Place> line = line_of(threshold_plot("t", curve, {}));
  ASSERT_GT(line.size(), 4U);
  const double left = line.front().x, right = line.back().x;  // thresholds 0 and 1
  const auto drawn = [&](double threshold) { return height_at(line, left + threshold * (right - left)); };
  const double none = drawn(1.0), best = drawn(0.5);
  const auto rate = [&](double threshold) { return 0.10 + (drawn(threshold) - none) / (best - none) * (0.05 - 0.10); };
  EXPECT_NEAR(rate(0.95), 0.10, 1e-3);
  EXPECT_NEAR(rate(0.9), 0.08, 1e-3) << "at the threshold itself the edit is made";
  EXPECT_NEAR(rate(0.7), 0.08, 1e-3);
  EXPECT_NEAR(rate(0.3), 0.05, 1e-3);
  EXPECT_NEAR(rate(0.2), 0.07, 1e-3);
  EXPECT_NEAR(rate(0.1), 0.07, 1e-3) << "below every threshold all edits are made";
}

}  // namespace
}  // namespace seben::pipeline
