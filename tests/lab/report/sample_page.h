// SPDX-License-Identifier: Apache-2.0
// A page with one of everything, as `seben rank fit` would fill it; the figures are invented.
#pragma once

#include <cmath>
#include <string>

#include "report/html.h"

namespace seben::report::test {

inline const char* kSentence =
    "\u07d2\u07ca\u07f2\u07e6\u07cf\u07ec\u07d6\u07cc\u07ef \u07de\u07ca\u07ec\u07d9\u07ca\u07eb "
    "\u07ca\u07df\u07ca\u07eb";

inline BarChart sample_bars() {
  return {"Character error rate by mode",
          "character error rate, %, with 95 % intervals",
          {{"no correction", 8.31, Interval{7.92, 8.70}, false},
           {"aggressive", 6.92, Interval{6.55, 7.31}},
           {"balanced", 6.74, Interval{6.38, 7.12}},
           {"conservative", 7.35, Interval{6.99, 7.74}},
           {"preservation", 7.9, Interval{7.51, 8.3}}}};
}

inline LinePlot sample_lines() {
  LinePlot plot;
  plot.title = "Worsened utterances and error rate against the threshold";
  plot.x_axis = "threshold of the probability";
  LinePlot::Panel worse{
      "worsened utterances, %", {{"calibrate", {}, true}, {"upper 95 % bound", {}}, {"test", {}}}, {}};
  LinePlot::Panel cer{"character error rate, %", {{"calibrate", {}}, {"test", {}}}, {}};
  for (int i = 0; i <= 100; ++i) {
    const double x = i / 100.0;
    const double falling = 14.0 * std::exp(-5.0 * x);
    worse.series[0].points.push_back({x, std::floor(falling * 4) / 4});
    worse.series[1].points.push_back({x, falling + 1.2});
    worse.series[2].points.push_back({x, falling * 1.1 + 0.3 * std::sin(20 * x)});
    cer.series[0].points.push_back({x, 6.7 + 3.0 * (x - 0.4) * (x - 0.4)});
    cer.series[1].points.push_back({x, 6.8 + 3.2 * (x - 0.42) * (x - 0.42)});
  }
  plot.panels = {worse, cer};
  plot.markers = {
      {0.31, "aggressive 0.31"}, {0.44, "balanced 0.44"}, {0.83, "conservative 0.83"}, {0.97, "preservation 0.97"}};
  return plot;
}

inline LinePlot sample_learning_curve() {
  LinePlot plot;
  plot.title = "Learning curve";
  plot.x_axis = "utterances fitted on";
  LinePlot::Panel panel{"character error rate after correction, %", {}, {}};
  const char* names[] = {"balanced, seen voices",       "balanced, unseen voices",   "conservative, seen voices",
                         "conservative, unseen voices", "preservation, seen voices", "preservation, unseen voices"};
  for (int s = 0; s < 6; ++s) {
    LinePlot::Series series{names[s], {}};
    for (const int n : {100, 250, 500, 1000, 2000, 4000}) {
      series.points.push_back({static_cast<double>(n), 6.0 + 0.4 * s + 20.0 / std::sqrt(n)});
    }
    panel.series.push_back(series);
  }
  plot.panels = {panel};
  return plot;
}

inline Reliability sample_reliability() {
  return {"Reliability of the probabilities",
          {{0.012, 0.011, 118432},
           {0.06, 0.052, 6021},
           {0.15, 0.16, 1200},
           {0.25, 0.28, 502},
           {0.35, 0.33, 310},
           {0.45, 0.47, 222},
           {0.55, 0.51, 180},
           {0.65, 0.7, 96},
           {0.75, 0.77, 88},
           {0.86, 0.81, 64},
           {0.96, 0.985, 212}}};
}

inline HeatMap sample_heat_map() {
  HeatMap map{"What was said and what was heard", "said", "heard", "times", {}, {}, {}};
  map.rows = {"",       " ",      "\u07ca", "\u07cb", "\u07cc", "\u07cd", "\u07ce", "\u07cf",
              "\u07d0", "\u07d3", "\u07d9", "\u07da", "\u07df", "\u07ef", "\u07f2"};
  map.columns = map.rows;
  for (std::size_t r = 0; r < map.rows.size(); ++r) {
    for (std::size_t c = 0; c < map.columns.size(); ++c) {
      const double v = static_cast<double>((r * 7919 + c * 104729) % 97);
      map.values.push_back(r == c || v > 40 ? 0.0 : std::floor(v * v * v / 40.0));
    }
  }
  return map;
}

inline Histogram sample_histogram() {
  Histogram histogram{"Change in errors per utterance", "errors after minus errors before", "utterances", {}, {}};
  for (int i = -6; i <= 4; ++i) histogram.edges.push_back(i - 0.5);
  histogram.counts = {2, 8, 31, 120, 410, 1204, 18, 6, 1, 0};
  return histogram;
}

inline Page sample_page() {
  const std::string sentence = kSentence;
  Page page("Correction of " + sentence + " by demo-nko");
  page.paragraph("Fitted on 3,000 utterances, calibrated on 1,000, tested once on 1,000. The first line is " +
                 sentence + ", and a text that follows it.");
  page.note("The test part was touched once.");
  page.warning("Recordings are synthetic voices.");
  page.heading("Modes");
  page.table({{{"mode"},
               {"threshold", ColumnKind::number},
               {"CER, %", ColumnKind::number},
               {"better", ColumnKind::number},
               {"same", ColumnKind::number},
               {"worse", ColumnKind::number}},
              {{"balanced", "0.44", "6.74", "212", "770", "18"}, {"conservative", "0.83", "7.35", "131", "867", "2"}},
              "On the test part"});
  page.figure(draw(sample_bars()), "Lower is better.");
  page.figure(draw(sample_lines()), "The dashed lines are the thresholds that were chosen.");
  page.figure(draw(sample_reliability()), "On the diagonal a probability means what it says.");
  page.heading("Confusions");
  page.figure(draw(sample_heat_map()), "Substitutions, deletions and insertions in the fitting part.");
  page.figure(draw(sample_histogram()), "");
  page.figure(draw(sample_learning_curve()), "");
  page.heading("Examples");
  page.table({{{"utterance"}, {"heard and corrected", ColumnKind::nko}, {"P", ColumnKind::number}},
              {{"a1",
                std::vector<Run>{{"\u07d2\u07ca\u07f2\u07e6"},
                                 {"\u07d0", Run::Mark::removed},
                                 {"\u07cf", Run::Mark::added},
                                 {"\u07ec\u07d6\u07cc \u07de\u07ca\u07ec\u07d9\u07ca"}},
                "0.97"},
               {"a2 with " + sentence + " inside", sentence, "0.51"}},
              ""});
  page.open_details("Weights").list({"bias \u22121.2", "prior 0.7"}).close_details();
  return page;
}

}  // namespace seben::report::test
