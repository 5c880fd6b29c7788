// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "report/drawing.h"
#include "report/text.h"
#include "seben/error.h"

namespace seben::report {
namespace {

constexpr double kHeight = 180.0;

void check(const Histogram& histogram) {
  if (histogram.counts.empty()) return;
  const bool fits = histogram.edges.size() == histogram.counts.size() + 1;
  const bool finite = std::ranges::all_of(histogram.edges, drawable);
  if (fits && finite && std::ranges::is_sorted(histogram.edges)) return;
  throw Error(ErrorCategory::internal, "histogram " + histogram.title, "ascending edges, one more than counts",
              fmt::format("{} edges and {} counts", histogram.edges.size(), histogram.counts.size()));
}

}  // namespace

Svg draw(const Histogram& histogram) {
  check(histogram);
  const auto most = histogram.counts.empty() ? 0 : *std::ranges::max_element(histogram.counts);
  if (most <= 0) return no_data(histogram.title);
  Drawing drawing;
  const double top = draw_title(drawing, histogram.title, kWidth) + 18.0;
  Axis y = make_axis({0.0, static_cast<double>(most)}, 5, false);
  std::erase_if(y.ticks, [](double tick) { return tick != static_cast<double>(static_cast<std::int64_t>(tick)); });
  y.decimals = 0;
  y.from = top + kHeight;
  y.to = top;
  Axis x = make_axis({histogram.edges.front(), histogram.edges.back()}, 8, true);
  x.from = tick_width(y) + 10.0;
  x.to = kWidth - std::max(10.0, tick_width(x) / 2.0 + 2.0);
  drawing.text({0.0, top - 10.0}, shortened(histogram.y_axis, kWidth / kSmall), {kSmall, Anchor::left, "t2"});
  draw_horizontal_grid(drawing, y, x.from, x.to);
  draw_vertical_grid(drawing, x, y.from, y.from + 4.0, false);
  for (std::size_t i = 0; i < histogram.counts.size(); ++i) {
    if (histogram.counts[i] <= 0) continue;
    const double left = x.at(histogram.edges[i]);
    const double right = x.at(histogram.edges[i + 1]);
    const double height = y.from - y.at(static_cast<double>(histogram.counts[i]));
    drawing.rectangle({left + 0.5, y.from - height, std::max(right - left - 1.0, 0.7), height}, "f s0",
                      fmt::format("{:.6g} to {:.6g}: {}", histogram.edges[i], histogram.edges[i + 1],
                                  number_text(static_cast<double>(histogram.counts[i]), 0)));
  }
  draw_vertical_grid(drawing, x, y.from, y.from, true);
  drawing.line({x.from, y.from}, {x.to, y.from}, "a");
  drawing.text({(x.from + x.to) / 2.0, y.from + 34.0}, histogram.x_axis, {kSmall, Anchor::middle, "t2"});
  return drawing.finish(kWidth, y.from + 40.0, histogram.title);
}

}  // namespace seben::report
