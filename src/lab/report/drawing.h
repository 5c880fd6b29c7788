// SPDX-License-Identifier: Apache-2.0
// Shapes and texts of one SVG picture. Units are CSS pixels of a picture `width` wide, y grows downwards. Colours are
// class names that the page's style sheet (report/style.cc) gives a meaning in light and dark.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "report/axis.h"
#include "report/plots.h"

namespace seben::report {

inline constexpr double kWidth = 480.0;  ///< of most plots: fits a telephone at nearly full size
inline constexpr double kSmall = 11.0;   ///< font sizes: ticks, legends
inline constexpr double kTitle = 13.0;
inline constexpr int kSeriesColours = 6;  ///< classes s0 to s5

enum class Anchor : std::uint8_t { left, middle, right };

struct Place {
  double x = 0.0;
  double y = 0.0;
};

struct Box {
  double x = 0.0;
  double y = 0.0;
  double width = 0.0;
  double height = 0.0;
};

struct TextStyle {
  double size = kSmall;
  Anchor anchor = Anchor::left;
  std::string_view css_class = "t";
};

class Drawing {
 public:
  void line(Place a, Place b, std::string_view css_class);
  /// `tip` shows on pointing; "" for none. `opacity` is of the filling.
  void rectangle(Box box, std::string_view css_class, std::string_view tip = "", double opacity = 1.0);
  void circle(Place centre, double radius, std::string_view css_class, std::string_view tip = "");
  /// Nothing for fewer than two places.
  void polyline(const std::vector<Place>& places, std::string_view css_class);
  /// The baseline's place. Right-to-left texts keep the side that `anchor` names.
  void text(Place at, std::string_view text, const TextStyle& style, std::string_view tip = "");

  /// `name` is read aloud in place of the picture; `scrolls` keeps the size where the page is narrower.
  [[nodiscard]] Svg finish(double width, double height, std::string_view name, bool scrolls = false) const;

 private:
  void open(std::string_view element, std::string_view css_class);
  void close(std::string_view element, std::string_view tip);

  std::string body_;
};

/// A picture that says "no data" under its title.
[[nodiscard]] Svg no_data(std::string_view title);
/// Writes the title from the top and returns where it ends; 0 without one.
double draw_title(Drawing& drawing, std::string_view title, double width);
/// Grid lines across [left, right] with the values left of it; `axis` is vertical.
void draw_horizontal_grid(Drawing& drawing, const Axis& axis, double left, double right);
/// Grid lines across [top, bottom]; with `labels` the values below it. `axis` is horizontal.
void draw_vertical_grid(Drawing& drawing, const Axis& axis, double top, double bottom, bool labels);
/// Width of the widest tick of an axis, at kSmall.
[[nodiscard]] double tick_width(const Axis& axis);

}  // namespace seben::report
