// SPDX-License-Identifier: Apache-2.0
#include "report/drawing.h"

#include <fmt/format.h>

#include <algorithm>

#include "report/text.h"

namespace seben::report {
namespace {

// Tenths are fine enough, and equal everywhere.
std::string pixels(double value) {
  std::string text = fmt::format("{:.1f}", value);
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return text == "-0" ? "0" : text;
}

std::string_view anchor_name(Anchor anchor, bool right_to_left) {
  if (anchor == Anchor::middle) return "middle";
  return (anchor == Anchor::left) != right_to_left ? "start" : "end";
}

}  // namespace

void Drawing::open(std::string_view element, std::string_view css_class) {
  fmt::format_to(std::back_inserter(body_), "<{} class=\"{}\"", element, css_class);
}

void Drawing::close(std::string_view element, std::string_view tip) {
  if (tip.empty()) {
    body_ += "/>\n";
  } else {
    fmt::format_to(std::back_inserter(body_), "><title>{}</title></{}>\n", escape(tip), element);
  }
}

void Drawing::line(Place a, Place b, std::string_view css_class) {
  open("line", css_class);
  fmt::format_to(std::back_inserter(body_), " x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\"", pixels(a.x), pixels(a.y),
                 pixels(b.x), pixels(b.y));
  close("line", "");
}

void Drawing::rectangle(Box box, std::string_view css_class, std::string_view tip, double opacity) {
  open("rect", css_class);
  fmt::format_to(std::back_inserter(body_), " x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"", pixels(box.x),
                 pixels(box.y), pixels(std::max(box.width, 0.0)), pixels(std::max(box.height, 0.0)));
  if (opacity < 1.0) fmt::format_to(std::back_inserter(body_), " fill-opacity=\"{:.2f}\"", opacity);
  close("rect", tip);
}

void Drawing::circle(Place centre, double radius, std::string_view css_class, std::string_view tip) {
  open("circle", css_class);
  fmt::format_to(std::back_inserter(body_), " cx=\"{}\" cy=\"{}\" r=\"{}\"", pixels(centre.x), pixels(centre.y),
                 pixels(radius));
  close("circle", tip);
}

void Drawing::polyline(const std::vector<Place>& places, std::string_view css_class) {
  if (places.size() < 2) return;
  open("polyline", css_class);
  body_ += " points=\"";
  for (const Place& p : places) fmt::format_to(std::back_inserter(body_), "{},{} ", pixels(p.x), pixels(p.y));
  body_.back() = '"';
  close("polyline", "");
}

void Drawing::text(Place at, std::string_view text, const TextStyle& style, std::string_view tip) {
  const bool right_to_left = reads_right_to_left(text);
  open("text", style.css_class);
  fmt::format_to(std::back_inserter(body_), " x=\"{}\" y=\"{}\" font-size=\"{}\"", pixels(at.x), pixels(at.y),
                 pixels(style.size));
  if (has_nko(text)) body_ += " lang=\"nqo\"";
  if (right_to_left) body_ += " direction=\"rtl\"";
  if (const auto name = anchor_name(style.anchor, right_to_left); name != "start") {
    fmt::format_to(std::back_inserter(body_), " text-anchor=\"{}\"", name);
  }
  body_ += ">";
  if (!tip.empty()) fmt::format_to(std::back_inserter(body_), "<title>{}</title>", escape(tip));
  fmt::format_to(std::back_inserter(body_), "{}</text>\n", escape(text));
}

Svg Drawing::finish(double width, double height, std::string_view name, bool scrolls) const {
  // 1.2 is how much other plots are enlarged on a wide page.
  const std::string size =
      scrolls ? fmt::format(" style=\"min-width:{0}px;max-width:{0}px\"", pixels(1.2 * width)) : "";
  return Svg(
      fmt::format(
          "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" aria-label=\"{}\" viewBox=\"0 0 {} {}\"{}>\n{}</svg>",
          escape(name), pixels(width), pixels(height), size, body_),
      scrolls);
}

Svg no_data(std::string_view title) {
  Drawing drawing;
  const double top = draw_title(drawing, title, kWidth);
  drawing.rectangle({0.5, top + 0.5, kWidth - 1.0, 79.0}, "frame");
  drawing.text({kWidth / 2.0, top + 45.0}, "no data", {kTitle, Anchor::middle, "t2"});
  return drawing.finish(kWidth, top + 80.0, title);
}

double draw_title(Drawing& drawing, std::string_view title, double width) {
  double y = 0.0;
  for (const std::string& line : wrapped(title, width / (1.06 * kTitle))) {
    y += 1.35 * kTitle;
    const bool right_to_left = reads_right_to_left(line);
    drawing.text({right_to_left ? width : 0.0, y - 4.0}, line,
                 {kTitle, right_to_left ? Anchor::right : Anchor::left, "t b"});
  }
  return y > 0.0 ? y + 8.0 : 0.0;
}

void draw_horizontal_grid(Drawing& drawing, const Axis& axis, double left, double right) {
  for (const double tick : axis.ticks) {
    const double y = axis.at(tick);
    drawing.line({left, y}, {right, y}, "g");
    drawing.text({left - 6.0, y + 0.35 * kSmall}, axis.tick_text(tick), {kSmall, Anchor::right, "t2 n"});
  }
}

void draw_vertical_grid(Drawing& drawing, const Axis& axis, double top, double bottom, bool labels) {
  double last_end = -1e9;
  for (const double tick : axis.ticks) {
    const double x = axis.at(tick);
    drawing.line({x, top}, {x, bottom}, "g");
    const std::string text = axis.tick_text(tick);
    const double half = 0.5 * kSmall * width_in_em(text);
    if (!labels || x - half < last_end + 4.0) continue;
    drawing.text({x, bottom + 1.4 * kSmall}, text, {kSmall, Anchor::middle, "t2 n"});
    last_end = x + half;
  }
}

double tick_width(const Axis& axis) {
  double widest = 0.0;
  for (const double tick : axis.ticks) widest = std::max(widest, kSmall * width_in_em(axis.tick_text(tick)));
  return widest;
}

}  // namespace seben::report
