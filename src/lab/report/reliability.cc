// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/drawing.h"

namespace seben::report {
namespace {

constexpr double kSide = 300.0;
constexpr double kCounts = 70.0;  // height of the panel of counts

// Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927), at 95 %.
Interval wilson(double share, double n) {
  constexpr double z = 1.959963984540054;
  const double centre = (share + z * z / (2.0 * n)) / (1.0 + z * z / n);
  const double half = z / (1.0 + z * z / n) * std::sqrt(share * (1.0 - share) / n + z * z / (4.0 * n * n));
  return {std::max(0.0, centre - half), std::min(1.0, centre + half)};
}

bool shown(const Reliability::Bin& bin) {
  const auto share = [](double p) { return p >= 0.0 && p <= 1.0; };  // false for NaN
  return bin.count > 0 && share(bin.predicted) && share(bin.observed);
}

std::string tip(const Reliability::Bin& bin) {
  return fmt::format("predicted {:.3f}, observed {:.3f}, {} rows", bin.predicted, bin.observed,
                     number_text(static_cast<double>(bin.count), 0));
}

void draw_bin(Drawing& drawing, const Reliability::Bin& bin, const Axis& x, const Axis& y) {
  const Interval interval = wilson(bin.observed, static_cast<double>(bin.count));
  const double at = x.at(bin.predicted);
  const double low = y.at(interval.low);
  const double high = y.at(interval.high);
  drawing.line({at, low}, {at, high}, "l s0");
  for (const double end : {low, high}) drawing.line({at - 3.5, end}, {at + 3.5, end}, "l s0");
  drawing.circle({at, y.at(bin.observed)}, 4.0, "f s0 ring", tip(bin));
}

// Bars by the logarithm when the fullest bin would hide the others.
void draw_counts(Drawing& drawing, const std::vector<Reliability::Bin>& bins, const Axis& x, double top) {
  const auto [least, most] = std::ranges::minmax(bins, {}, &Reliability::Bin::count);
  const bool logarithmic = most.count / 50 > least.count;
  const auto scaled = [&](std::int64_t n) {
    return logarithmic ? std::log10(static_cast<double>(n)) : static_cast<double>(n);
  };
  Axis y = logarithmic ? make_axis({0.0, scaled(most.count)}, 4, true)
                       : make_axis({0.0, static_cast<double>(most.count)}, 3, false);
  std::erase_if(y.ticks, [](double tick) { return tick != std::floor(tick); });
  y.from = top + kCounts;
  y.to = top;
  drawing.text({0.0, top - 10.0}, logarithmic ? "rows, logarithmic" : "rows", {kSmall, Anchor::left, "t2"});
  for (const double tick : y.ticks) {
    drawing.line({x.from, y.at(tick)}, {x.to, y.at(tick)}, "g");
    const double value = logarithmic ? std::pow(10.0, tick) : tick;
    drawing.text({x.from - 6.0, y.at(tick) + 0.35 * kSmall}, number_text(value, 0), {kSmall, Anchor::right, "t2 n"});
  }
  for (const auto& bin : bins) {
    // A single row has logarithm 0 and still deserves a line.
    const double height = std::max(y.from - y.at(scaled(bin.count)), 1.5);
    drawing.rectangle({x.at(bin.predicted) - 4.0, y.from - height, 8.0, height}, "f base", tip(bin));
  }
  drawing.line({x.from, y.from}, {x.to, y.from}, "a");
}

}  // namespace

Svg draw(const Reliability& diagram) {
  std::vector<Reliability::Bin> bins = diagram.bins;
  std::erase_if(bins, [](const auto& bin) { return !shown(bin); });
  if (bins.empty()) return no_data(diagram.title);
  Drawing drawing;
  const double top = draw_title(drawing, diagram.title, kWidth) + 18.0;
  Axis x = make_axis({0.0, 1.0}, 5, true);
  Axis y = x;
  x.from = 58.0;
  x.to = x.from + kSide;
  y.from = top + kSide;
  y.to = top;
  drawing.text({0.0, top - 10.0}, "observed share", {kSmall, Anchor::left, "t2"});
  draw_horizontal_grid(drawing, y, x.from, x.to);
  draw_vertical_grid(drawing, x, y.to, y.from, false);
  drawing.line({x.from, y.from}, {x.to, y.to}, "m");
  drawing.line({x.from, y.from}, {x.to, y.from}, "a");
  for (const auto& bin : bins) draw_bin(drawing, bin, x, y);
  const double counts = y.from + 30.0;
  draw_vertical_grid(drawing, x, counts, counts + kCounts, true);
  draw_counts(drawing, bins, x, counts);
  drawing.text({(x.from + x.to) / 2.0, counts + kCounts + 32.0}, "predicted probability",
               {kSmall, Anchor::middle, "t2"});
  return drawing.finish(kWidth, counts + kCounts + 38.0, diagram.title);
}

}  // namespace seben::report
