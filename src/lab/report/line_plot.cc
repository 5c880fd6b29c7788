// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "report/drawing.h"
#include "report/text.h"

namespace seben::report {
namespace {

constexpr double kLine = 16.0;       // of text
constexpr double kSample = 22.0;     // of a legend's line
constexpr double kRight = 10.0;      // margin
constexpr double kOnePanel = 220.0;  // heights
constexpr double kManyPanels = 140.0;

struct Label {
  double left = 0.0;
  double right = 0.0;
  double x = 0.0;  // of the line that it names
  std::size_t row = 0;
  bool leftwards = false;  // the text stands left of its line
};

// Texts side by side in a row, texts over lines of rows above, lines over texts of rows below: none may touch.
bool collide(const Label& a, const Label& b) {
  constexpr double kGap = 4.0;    // between texts
  constexpr double kClose = 2.0;  // a text stands 3 from its own line, and from an equal one
  const auto covers = [](const Label& text, const Label& line) {
    return line.row >= text.row && line.x > text.left - kClose && line.x < text.right + kClose;
  };
  const bool side = a.row == b.row && a.left < b.right + kGap && b.left < a.right + kGap;
  return side || covers(a, b) || covers(b, a);
}

// Rows count upwards from the plot. Where every row collides a text goes above all; its halo keeps others legible.
class MarkerPlacer {
 public:
  MarkerPlacer(const std::vector<LinePlot::Marker>& markers, const Axis& x) {
    for (const auto& marker : markers) {
      const double width = kSmall * width_in_em(marker.label);
      Label label;
      label.x = x.at(marker.x);
      label.left = label.x + 3.0;
      label.right = label.left + width;
      if (label.right > kWidth) turn(label);
      labels_.push_back(label);
    }
    // A text to the right of its line would cross the line of one that had to be turned.
    for (std::size_t i = labels_.size(); i-- > 0;) {
      const Label& label = labels_[i];
      const bool crosses = std::ranges::any_of(labels_, [&](const Label& other) {
        return other.leftwards && other.x > label.x && other.x < label.right + 4.0;
      });
      if (!label.leftwards && crosses) turn(labels_[i]);
    }
  }

  // A text must lie above those that begin where it passes over, so the innermost come first on either side.
  std::vector<Label> place() {
    for (auto label = labels_.begin(); label != labels_.end(); ++label) {
      if (label->leftwards) settle(*label);
    }
    for (auto label = labels_.rbegin(); label != labels_.rend(); ++label) {
      if (!label->leftwards) settle(*label);
    }
    return labels_;
  }

 private:
  static void turn(Label& label) {
    const double width = label.right - label.left;
    label.leftwards = true;
    label.right = label.x - 3.0;
    label.left = label.right - width;
  }

  void settle(Label& label) {
    const auto hit = [&](const Label& other) { return collide(label, other); };
    while (label.row <= placed_.size() && std::ranges::any_of(placed_, hit)) ++label.row;
    placed_.push_back(label);
  }

  std::vector<Label> labels_, placed_;
};

// In order of place, without those that cannot be seen.
std::vector<LinePlot::Marker> visible_markers(const LinePlot& plot, const Axis& x) {
  std::vector<LinePlot::Marker> markers;
  for (const auto& marker : plot.markers) {
    if (drawable(marker.x) && x.holds(marker.x)) {
      markers.push_back({marker.x, shortened(marker.label, 0.4 * kWidth / kSmall)});
    }
  }
  std::ranges::stable_sort(markers, {}, &LinePlot::Marker::x);
  return markers;
}

std::string legend_name(const LinePlot::Series& series, double left) {
  return shortened(series.name, (kWidth - left - kSample - 24.0) / kSmall);
}

// Samples and names in equal columns; returns the height. Without `drawing` it only measures; one series needs none.
double draw_legend(Drawing* drawing, const LinePlot::Panel& panel, double left, double top) {
  if (panel.series.size() < 2) return 0.0;
  double width = 0.0;
  for (const auto& series : panel.series) {
    width = std::max(width, kSample + 22.0 + kSmall * width_in_em(legend_name(series, left)));
  }
  const auto columns = static_cast<std::size_t>(std::max(1.0, (kWidth - left) / width));
  for (std::size_t i = 0; drawing != nullptr && i < panel.series.size(); ++i) {
    const double x = left + width * static_cast<double>(i % columns);
    const std::size_t row = i / columns;
    const double middle = top + kLine * (static_cast<double>(row) + 0.5);
    drawing->line({x, middle}, {x + kSample, middle}, fmt::format("l s{}", i % kSeriesColours));
    drawing->text({x + kSample + 6.0, middle + 0.35 * kSmall}, legend_name(panel.series[i], left),
                  {kSmall, Anchor::left, "t"});
  }
  const std::size_t rows = (panel.series.size() + columns - 1) / columns;
  return kLine * static_cast<double>(rows) + 4.0;
}

void draw_series(Drawing& drawing, const LinePlot::Series& series, const Axis& x, const Axis& y, std::size_t colour) {
  const std::string line = fmt::format("l s{}", colour);
  const std::string dot = fmt::format("f s{}", colour);
  std::vector<Place> run;
  const auto end_run = [&] {
    drawing.polyline(run, line);
    if (run.size() == 1) drawing.circle(run[0], 2.5, dot);  // a point alone has no line
    run.clear();
  };
  for (const auto& point : series.points) {
    if (!drawable(point.x) || !drawable(point.y) || !x.holds(point.x)) {
      end_run();
      continue;
    }
    const Place place{x.at(point.x), y.at(point.y)};
    if (series.steps && !run.empty()) run.push_back({place.x, run.back().y});
    run.push_back(place);
  }
  end_run();
  constexpr std::size_t kFewEnoughToMark = 24;
  if (series.steps || series.points.size() > kFewEnoughToMark) return;
  for (const auto& point : series.points) {
    if (!drawable(point.x) || !drawable(point.y) || !x.holds(point.x)) continue;
    drawing.circle({x.at(point.x), y.at(point.y)}, 2.5, dot,
                   fmt::format("{}: {:.6g}, {:.6g}", series.name, point.x, point.y));
  }
}

Axis y_axis(const LinePlot::Panel& panel, const Axis& x) {
  Extent extent;
  for (const auto& series : panel.series) {
    for (const auto& point : series.points) {
      if (drawable(point.x) && x.holds(point.x)) extent.add(point.y);
    }
  }
  if (panel.y_range) return make_axis(*panel.y_range, 6, true);
  return make_axis(extent.empty() ? Interval{0.0, 1.0} : extent.range(), 5, false);
}

bool has_points(const LinePlot::Panel& panel, const Axis& x) {
  return std::ranges::any_of(panel.series, [&](const auto& series) {
    return std::ranges::any_of(series.points,
                               [&](const auto& p) { return drawable(p.x) && drawable(p.y) && x.holds(p.x); });
  });
}

struct PanelPlace {
  double head = 0.0;  // of the unit; the legend is below it
  double top = 0.0;
  double bottom = 0.0;
  bool last = false;
};

void draw_panel(Drawing& drawing, const LinePlot::Panel& panel, const Axis& x, Axis y, const PanelPlace& at) {
  y.from = at.bottom;
  y.to = at.top;
  drawing.text({0.0, at.head + 0.7 * kLine}, shortened(panel.y_axis, kWidth / kSmall), {kSmall, Anchor::left, "t2"});
  draw_legend(&drawing, panel, x.from, at.head + kLine);
  draw_horizontal_grid(drawing, y, x.from, x.to);
  draw_vertical_grid(drawing, x, at.top, at.bottom, at.last);
  drawing.line({x.from, at.bottom}, {x.to, at.bottom}, "a");
  if (!has_points(panel, x)) {
    drawing.text({(x.from + x.to) / 2.0, (at.top + at.bottom) / 2.0}, "no data", {kTitle, Anchor::middle, "t2"});
  }
  for (std::size_t i = 0; i < panel.series.size(); ++i) {
    draw_series(drawing, panel.series[i], x, y, i % kSeriesColours);
  }
}

// Where everything lies.
struct LineLayout {
  Axis x;
  std::vector<Axis> y;
  std::vector<PanelPlace> panels;
  std::vector<LinePlot::Marker> markers;
  std::vector<Label> labels;  // of the markers
  double bottom = 0.0;
};

void lay_out_panels(const LinePlot& plot, LineLayout& layout, double top) {
  std::size_t rows = 0;
  for (const Label& label : layout.labels) rows = std::max(rows, label.row + 1);
  double y = top;
  for (const auto& panel : plot.panels) {
    PanelPlace place;
    place.head = y;
    place.top = y + kLine + 6.0 + draw_legend(nullptr, panel, layout.x.from, y);
    if (layout.panels.empty()) place.top += kLine * static_cast<double>(rows);
    place.bottom = place.top + (plot.panels.size() == 1 ? kOnePanel : kManyPanels);
    layout.panels.push_back(place);
    y = place.bottom + 14.0;
  }
  layout.panels.back().last = true;
  layout.bottom = layout.panels.back().bottom;
}

LineLayout lay_out(const LinePlot& plot, const Axis& x, double top) {
  LineLayout layout;
  layout.x = x;
  double left = 0.0;
  for (const auto& panel : plot.panels) {
    layout.y.push_back(y_axis(panel, x));
    left = std::max(left, tick_width(layout.y.back()));
  }
  layout.x.from = left + 10.0;
  layout.x.to = kWidth - std::max(kRight, tick_width(x) / 2.0 + 2.0);
  layout.markers = visible_markers(plot, layout.x);
  layout.labels = MarkerPlacer(layout.markers, layout.x).place();
  lay_out_panels(plot, layout, top);
  return layout;
}

void draw_markers(Drawing& drawing, const LineLayout& layout) {
  const double top = layout.panels.front().top;
  const auto baseline = [&](const Label& label) { return top - kLine * static_cast<double>(label.row) - 5.0; };
  for (const Label& label : layout.labels) {
    drawing.line({label.x, baseline(label) - 9.0}, {label.x, top}, "m");
    for (const PanelPlace& panel : layout.panels) drawing.line({label.x, panel.top}, {label.x, panel.bottom}, "m");
  }
  for (std::size_t i = 0; i < layout.labels.size(); ++i) {
    drawing.text({layout.labels[i].left, baseline(layout.labels[i])}, layout.markers[i].label,
                 {kSmall, Anchor::left, "t halo"}, fmt::format("{:.6g}", layout.markers[i].x));
  }
}

}  // namespace

Svg draw(const LinePlot& plot) {
  Extent extent;
  for (const auto& panel : plot.panels) {
    for (const auto& series : panel.series) {
      for (const auto& point : series.points) {
        if (drawable(point.y)) extent.add(point.x);
      }
    }
  }
  if (extent.empty()) return no_data(plot.title);
  const Axis x = make_axis(plot.x_range.value_or(extent.range()), 8, true);
  Drawing drawing;
  const LineLayout layout = lay_out(plot, x, draw_title(drawing, plot.title, kWidth));
  for (std::size_t i = 0; i < plot.panels.size(); ++i) {
    draw_panel(drawing, plot.panels[i], layout.x, layout.y[i], layout.panels[i]);
  }
  draw_markers(drawing, layout);
  drawing.text({(layout.x.from + layout.x.to) / 2.0, layout.bottom + 34.0}, plot.x_axis,
               {kSmall, Anchor::middle, "t2"});
  return drawing.finish(kWidth, layout.bottom + 40.0, plot.title);
}

}  // namespace seben::report
