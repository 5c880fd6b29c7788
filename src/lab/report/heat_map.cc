// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/drawing.h"
#include "report/text.h"
#include "seben/error.h"

namespace seben::report {
namespace {

constexpr double kCell = 26.0;
constexpr double kCharacter = 15.0;  // font sizes
constexpr double kCodePoint = 8.0;
constexpr double kValue = 9.0;
constexpr double kFaintest = 0.14;  // of a cell that holds something

// A class of texts that can be read on a cell of this strength in both themes: on the middle ones only dark letters
// can.
std::string_view ink(double strength) {
  if (strength < 0.5) return "t n";
  return strength < 0.72 ? "hm n" : "hi n";
}

bool counts(double value) { return drawable(value) && value > 0.0; }

// Nothing, spaces and marks without a letter made visible.
std::string visible(std::string_view label) {
  if (label.empty()) return "\u2205";
  const std::u32string characters = decode(label);
  if (characters == U" ") return "\u2423";
  const char32_t first = characters.front();
  const bool mark = (first >= 0x07EB && first <= 0x07F3) || first == 0x07FD;
  return mark ? "\u25CC" + std::string(label) : std::string(label);
}

// "07CA", of the first character; "" for nothing.
std::string code_point(std::string_view label) {
  if (label.empty()) return "";
  const std::u32string characters = decode(label);
  const std::string digits = fmt::format("{:04X}", static_cast<std::uint32_t>(characters.front()));
  return characters.size() == 1 ? digits : digits + "+";
}

std::string spoken(std::string_view label) {
  if (label.empty()) return "nothing";
  return label == " " ? "space" : fmt::format("{} U+{}", visible(label), code_point(label));
}

// At most four characters wide.
std::string cell_text(double value) {
  if (value >= 999.5e6) return "big";
  if (value >= 999.5e3) return number_text(value / 1e6, value < 9.95e6 ? 1 : 0) + "M";
  if (value >= 999.5) return number_text(value / 1e3, value < 9.95e3 ? 1 : 0) + "k";
  const bool whole = value == std::floor(value);
  if (whole || value >= 9.95) return number_text(value, 0);
  return number_text(value, value < 0.995 ? 2 : 1);
}

// How strongly a value is coloured: by its logarithm when the largest would drown the others.
class Strength {
 public:
  explicit Strength(Interval range) : range_(range), logarithmic_(range.high > 20.0 * range.low) {}

  [[nodiscard]] double of(double value) const {
    double share = 1.0;
    if (range_.high > range_.low) {
      share = logarithmic_ ? std::log(value / range_.low) / std::log(range_.high / range_.low)
                           : (value - range_.low) / (range_.high - range_.low);
    }
    return kFaintest + (1.0 - kFaintest) * std::clamp(share, 0.0, 1.0);
  }
  /// Values for a legend, from the least to the most.
  [[nodiscard]] std::vector<double> samples() const {
    if (!(range_.high > range_.low)) return {range_.high};
    std::vector<double> out;
    for (const double share : {0.0, 0.25, 0.5, 0.75, 1.0}) {
      out.push_back(logarithmic_ ? range_.low * std::pow(range_.high / range_.low, share)
                                 : range_.low + share * (range_.high - range_.low));
    }
    return out;
  }
  [[nodiscard]] bool logarithmic() const { return logarithmic_; }

 private:
  Interval range_;
  bool logarithmic_;
};

void draw_value(Drawing& drawing, Box box, double value, double strength, std::string_view tip) {
  drawing.rectangle(box, "h", tip, strength);
  const std::string text = cell_text(value);
  const double size = kValue * width_in_em(text) > kCell - 3.0 ? kValue - 2.0 : kValue;
  drawing.text({box.x + box.width / 2.0, box.y + box.height / 2.0 + 0.36 * size}, text,
               {size, Anchor::middle, ink(strength)}, tip);
}

void draw_cells(Drawing& drawing, const HeatMap& map, const Strength& strength, Place origin) {
  for (std::size_t r = 0; r < map.rows.size(); ++r) {
    for (std::size_t c = 0; c < map.columns.size(); ++c) {
      const double value = map.values[r * map.columns.size() + c];
      const Box box{origin.x + kCell * static_cast<double>(c), origin.y + kCell * static_cast<double>(r), kCell, kCell};
      const std::string places =
          fmt::format("{} {}, {} {}", map.row_axis, spoken(map.rows[r]), map.column_axis, spoken(map.columns[c]));
      if (counts(value)) {
        draw_value(drawing, box, value, strength.of(value),
                   fmt::format("{}: {:.6g} {}", places, value, map.value_name));
      } else {
        drawing.rectangle(box, "he", places + ": none");
        drawing.circle({box.x + kCell / 2.0, box.y + kCell / 2.0}, 0.8, "hd");
      }
    }
  }
}

void draw_label(Drawing& drawing, std::string_view label, Place middle) {
  drawing.text({middle.x, middle.y}, shortened(visible(label), (kCell + 4.0) / kCharacter),
               {kCharacter, Anchor::middle, "t"}, spoken(label));
  drawing.text({middle.x, middle.y + kCodePoint + 4.0}, code_point(label), {kCodePoint, Anchor::middle, "t2 n"});
}

// The colours and what they stand for; returns the height.
double draw_scale(Drawing& drawing, const HeatMap& map, const Strength& strength, Place at) {
  const std::string name = map.value_name + (strength.logarithmic() ? ", logarithmic; empty: none" : "; empty: none");
  drawing.text({at.x, at.y + 10.0}, name, {kSmall, Anchor::left, "t2"});
  Box box{at.x, at.y + 16.0, kCell, 16.0};
  for (const double value : strength.samples()) {
    drawing.rectangle(box, "h", "", strength.of(value));
    const double shown = value >= 10.0 ? std::round(value) : value;
    drawing.text({box.x + kCell / 2.0, box.y + 11.0}, cell_text(shown),
                 {kValue, Anchor::middle, ink(strength.of(value))});
    box.x += kCell;
  }
  return 36.0;
}

}  // namespace

Svg draw(const HeatMap& map) {
  if (map.values.size() != map.rows.size() * map.columns.size()) {
    throw Error(ErrorCategory::internal, "heat map " + map.title, "rows times columns values",
                fmt::format("{}", map.values.size()));
  }
  Extent extent;
  for (const double value : map.values) {
    if (counts(value)) extent.add(value);
  }
  if (extent.empty()) return no_data(map.title);
  const Strength strength(extent.range());
  const Place size{kCell * static_cast<double>(map.columns.size()), kCell * static_cast<double>(map.rows.size())};
  const double left = std::max(kSmall * width_in_em(map.row_axis), kCell) + 14.0;
  const double width = std::max({left + size.x + 2.0, 300.0, kSmall * width_in_em(map.value_name) + 180.0});
  Drawing drawing;
  double top = draw_title(drawing, map.title, width);
  drawing.text({left + size.x / 2.0, top + 10.0}, map.column_axis + " \u2192", {kSmall, Anchor::middle, "t2"});
  top += 52.0;
  drawing.text({0.0, top - 8.0}, map.row_axis + " \u2193", {kSmall, Anchor::left, "t2"});
  for (std::size_t c = 0; c < map.columns.size(); ++c) {
    draw_label(drawing, map.columns[c], {left + kCell * (static_cast<double>(c) + 0.5), top - 17.0});
  }
  for (std::size_t r = 0; r < map.rows.size(); ++r) {
    draw_label(drawing, map.rows[r], {left - 4.0 - kCell / 2.0, top + kCell * static_cast<double>(r) + 12.0});
  }
  draw_cells(drawing, map, strength, {left, top});
  const double bottom = top + size.y + 12.0;
  return drawing.finish(width, bottom + draw_scale(drawing, map, strength, {left, bottom}), map.title, true);
}

}  // namespace seben::report
