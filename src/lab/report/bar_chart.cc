// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>

#include "report/drawing.h"
#include "report/text.h"

namespace seben::report {
namespace {

constexpr double kRow = 28.0;
constexpr double kBar = 18.0;
constexpr double kLongestLabel = 150.0;

struct Layout {
  Axis axis;
  double top = 0.0;
  double left = 0.0;
};

std::string interval_text(const BarChart::Bar& bar, int decimals) {
  if (!bar.interval) return "";
  return " (" + number_text(bar.interval->low, decimals) + " to " + number_text(bar.interval->high, decimals) + ")";
}

void draw_bar(Drawing& drawing, const BarChart& chart, const BarChart::Bar& bar, const Layout& at, double y) {
  const double middle = y + kRow / 2.0;
  const std::string label = shortened(bar.label, kLongestLabel / kSmall);
  drawing.text({at.left - 8.0, middle + 0.35 * kSmall}, label, {kSmall, Anchor::right, "t"},
               label == bar.label ? "" : bar.label);
  if (!drawable(bar.value)) {
    drawing.text({at.axis.at(0.0) + 6.0, middle + 0.35 * kSmall}, bar.instead.empty() ? "no data" : bar.instead,
                 {kSmall, Anchor::left, "t2"});
    return;
  }
  const double zero = at.axis.at(0.0);
  const double end = at.axis.at(bar.value);
  const std::string value = number_text(bar.value, chart.decimals);
  drawing.rectangle({std::min(zero, end), middle - kBar / 2.0, std::abs(end - zero), kBar},
                    bar.emphasis ? "f s0" : "f base", bar.label + ": " + value + interval_text(bar, chart.decimals));
  double right = std::max(zero, end);
  if (bar.interval && drawable(bar.interval->low) && drawable(bar.interval->high)) {
    const double low = at.axis.at(bar.interval->low);
    const double high = at.axis.at(bar.interval->high);
    drawing.line({low, middle}, {high, middle}, "w");
    for (const double x : {low, high}) drawing.line({x, middle - 4.0}, {x, middle + 4.0}, "w");
    right = std::max(right, high);
  }
  drawing.text({right + 6.0, middle + 0.35 * kSmall}, value, {kSmall, Anchor::left, "t n"});
}

// Room for the labels on the left and the widest value on the right.
Layout lay_out(const BarChart& chart, const Extent& extent, double top) {
  double label = 0.0;
  double value = 0.0;
  for (const auto& bar : chart.bars) {
    label = std::max(label, kSmall * width_in_em(shortened(bar.label, kLongestLabel / kSmall)));
    if (drawable(bar.value)) value = std::max(value, kSmall * width_in_em(number_text(bar.value, chart.decimals)));
  }
  Layout at;
  at.top = top;
  at.left = std::min(label, kLongestLabel) + 10.0;
  at.axis = make_axis(extent.range(), 5, false);
  at.axis.from = at.left;
  at.axis.to = kWidth - value - 12.0;
  return at;
}

}  // namespace

Svg draw(const BarChart& chart) {
  Extent extent;
  for (const auto& bar : chart.bars) {
    extent.add(bar.value);
    if (!bar.interval || !drawable(bar.value)) continue;
    extent.add(bar.interval->low);
    extent.add(bar.interval->high);
  }
  if (extent.empty()) {
    if (std::ranges::all_of(chart.bars, [](const auto& bar) { return bar.instead.empty(); }))
      return no_data(chart.title);
    extent.add(1.0);  // only words, on any axis
  }
  extent.add(0.0);
  Drawing drawing;
  const Layout at = lay_out(chart, extent, draw_title(drawing, chart.title, kWidth));
  const double bottom = at.top + kRow * static_cast<double>(chart.bars.size());
  draw_vertical_grid(drawing, at.axis, at.top, bottom, true);
  double y = at.top;
  for (const auto& bar : chart.bars) {
    draw_bar(drawing, chart, bar, at, y);
    y += kRow;
  }
  drawing.line({at.axis.at(0.0), at.top}, {at.axis.at(0.0), bottom}, "a");
  drawing.text({(at.axis.from + at.axis.to) / 2.0, bottom + 32.0}, chart.value_axis, {kSmall, Anchor::middle, "t2"});
  return drawing.finish(kWidth, bottom + 38.0, chart.title);
}

}  // namespace seben::report
