// SPDX-License-Identifier: Apache-2.0
// Plots as SVG that takes its colours from the page around it. Values that are not finite are left out; a plot without
// any says "no data". Labels may hold any text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace seben::report {

/// Markup that only the functions below make; it goes into a page unescaped.
class Svg {
 public:
  [[nodiscard]] const std::string& markup() const noexcept { return markup_; }
  /// Keeps its size, so that a page gives it all of its width and lets it scroll where that is not enough.
  [[nodiscard]] bool wide() const noexcept { return wide_; }

 private:
  friend class Drawing;
  Svg(std::string markup, bool wide) : markup_(std::move(markup)), wide_(wide) {}
  std::string markup_;
  bool wide_;
};

struct Interval {
  double low = 0.0;
  double high = 0.0;
};

/// Ends of an axis; without one they follow from the data.
using Range = std::optional<Interval>;

/// Horizontal bars from 0, so labels of any length fit; the value stands beside each bar, its interval as a whisker.
struct BarChart {
  struct Bar {
    std::string label;
    double value = 0.0;
    std::optional<Interval> interval = std::nullopt;
    bool emphasis = true;      ///< false: greyed, as for a baseline
    std::string instead = {};  ///< stands in the place of a value that is none; otherwise "no data" does
  };
  std::string title;
  std::string value_axis;  ///< with its unit: "character error rate, %"
  std::vector<Bar> bars;
  int decimals = 2;  ///< of the values beside the bars
};
[[nodiscard]] Svg draw(const BarChart& chart);

/// One or several panels below each other that share the horizontal axis, each with its own legend and unit.
struct LinePlot {
  struct Point {
    double x = 0.0;
    double y = 0.0;
  };
  struct Series {
    std::string name;
    std::vector<Point> points;  ///< in order of x; a y that is not finite interrupts the line
    bool steps = false;         ///< hold each value until the next point
  };
  struct Panel {
    std::string y_axis;
    std::vector<Series> series;
    Range y_range = std::nullopt;
  };
  /// A vertical line through all panels: the threshold of a mode.
  struct Marker {
    double x = 0.0;
    std::string label;
  };
  std::string title;
  std::string x_axis;
  std::vector<Panel> panels;
  std::vector<Marker> markers;
  Range x_range = std::nullopt;
};
[[nodiscard]] Svg draw(const LinePlot& plot);

/// Predicted against observed frequency with 95 % Wilson intervals (as if rows were independent), and how many rows
/// each bin holds below.
struct Reliability {
  struct Bin {
    double predicted = 0.0;  ///< mean of the predictions in the bin, 0..1
    double observed = 0.0;   ///< share that came true, 0..1
    std::int64_t count = 0;
  };
  std::string title;
  std::vector<Bin> bins;
};
[[nodiscard]] Svg draw(const Reliability& diagram);

/// Rows by columns, each labelled by a character with its code point; spaces and marks are made visible, "" is shown as
/// the empty set (nothing said, nothing heard). Values not above 0 or not finite are empty cells.
struct HeatMap {
  std::string title;
  std::string row_axis;     ///< "said"
  std::string column_axis;  ///< "heard"
  std::string value_name;   ///< "times"
  std::vector<std::string> rows, columns;
  std::vector<double> values;  ///< row-major [rows, columns]
};
[[nodiscard]] Svg draw(const HeatMap& map);

struct Histogram {
  std::string title;
  std::string x_axis;
  std::string y_axis;
  std::vector<double> edges;  ///< ascending, one more than counts
  std::vector<std::int64_t> counts;
};
[[nodiscard]] Svg draw(const Histogram& histogram);

}  // namespace seben::report
