// SPDX-License-Identifier: Apache-2.0
#include "evaluate/fit_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "evaluate/confusion_map.h"
#include "evaluate/examples_table.h"
#include "evaluate/mode_plots.h"
#include "report/html.h"
#include "report/plots.h"
#include "seben/version.h"

namespace seben::pipeline {
namespace {

using correction::FitReport;
using correction::ModeResult;

std::string threshold_text(double threshold) {
  return threshold > 1.0 ? "never edits" : fmt::format("{:.4f}", threshold);
}

report::Svg modes_chart(const FitReport& report) {
  report::BarChart chart{"Character error rate by mode, test part", "character error rate, %", {}};
  chart.bars.push_back(rate_bar("off", report.before, false));
  for (const ModeResult& m : report.modes) chart.bars.push_back(rate_bar(std::string(to_string(m.mode)), m.cer, true));
  return draw(chart);
}

report::Table modes_table(const FitReport& report) {
  using report::ColumnKind;
  report::Table table{{{"mode"},
                       {"threshold", ColumnKind::number},
                       {"CER %", ColumnKind::number},
                       {"95 % interval", ColumnKind::number},
                       {"change, points", ColumnKind::number},
                       {"95 % interval", ColumnKind::number},
                       {"better", ColumnKind::number},
                       {"same", ColumnKind::number},
                       {"worse", ColumnKind::number},
                       {"worse, at most %", ColumnKind::number}},
                      {},
                      "Error rates by code point; changes are paired over the same utterances; the last column is the "
                      "upper end of the one-sided 95 % interval."};
  const auto interval = [](double low, double high) { return percent(low) + " to " + percent(high); };
  table.rows.push_back({"off", "", percent(report.before.rate), interval(report.before.low, report.before.high), "", "",
                        "", "", "", ""});
  for (const ModeResult& m : report.modes) {
    table.rows.push_back({std::string(to_string(m.mode)),
                          threshold_text(m.threshold),
                          percent(m.cer.rate),
                          interval(m.cer.low, m.cer.high),
                          {verdict_of_change(m.low, m.high), percent(m.change)},
                          interval(m.low, m.high),
                          std::to_string(m.better),
                          std::to_string(m.same),
                          std::to_string(m.worse),
                          percent(m.worse_bound)});
  }
  return table;
}

std::vector<std::pair<double, std::string>> marks_of(const correction::Ranker& ranker) {
  std::vector<std::pair<double, std::string>> marks;
  marks.reserve(correction::kModes.size());
  for (const correction::Mode mode : correction::kModes) {
    marks.emplace_back(ranker.threshold(mode), std::string(to_string(mode)));
  }
  return marks;
}

report::Table weights_table(const correction::Ranker& ranker) {
  using report::ColumnKind;
  report::Table table{
      {{"feature"}, {"weight", ColumnKind::number}, {"mean", ColumnKind::number}, {"deviation", ColumnKind::number}},
      {},
      "Weights are of standardised features: log-odds for one deviation."};
  auto features = ranker.features;
  std::ranges::stable_sort(features, {}, [](const auto& f) { return -std::abs(f.weight); });
  for (const auto& f : features) {
    table.rows.push_back(
        {f.name, fmt::format("{:+.3f}", f.weight), fmt::format("{:.3f}", f.mean), fmt::format("{:.3f}", f.deviation)});
  }
  return table;
}

}  // namespace

nlohmann::json fit_summary(const FitReport& report, const correction::FitOptions& options) {
  nlohmann::json modes = nlohmann::json::object();
  for (const ModeResult& m : report.modes) {
    modes[std::string(to_string(m.mode))] = {
        {"cer", m.cer.rate},  {"change", m.change}, {"change_low", m.low}, {"change_high", m.high},
        {"better", m.better}, {"same", m.same},     {"worse", m.worse},    {"worse_bound", m.worse_bound}};
  }
  return {{"tool", "seben " SEBEN_VERSION},
          {"utterances",
           {{"fit", report.utterances[0]}, {"calibrate", report.utterances[1]}, {"test", report.utterances[2]}}},
          {"skipped", report.skipped},
          {"candidates", report.candidates},
          {"improving", report.improving},
          {"l2", options.logistic.l2},
          {"max_gradient", report.logistic.max_gradient},
          {"conservative_worse", options.calibration.conservative_worse},
          {"preservation_worse", options.calibration.preservation_worse},
          {"cer_before", report.before.rate},
          {"modes", modes}};
}

std::string fit_table(const FitReport& report) {
  std::string out = fmt::format("{:<14} {:>10} {:>7} {:>15} {:>8} {:>17} {:>7} {:>6} {:>6}\n", "mode", "threshold",
                                "CER %", "95 % interval", "change", "95 % interval", "better", "same", "worse");
  out += fmt::format("{:<14} {:>10} {:>7.2f} {:>15}\n", "off", "", 100 * report.before.rate,
                     percent(report.before.low) + ".." + percent(report.before.high));
  for (const ModeResult& m : report.modes) {
    out += fmt::format("{:<14} {:>10} {:>7.2f} {:>15} {:>+8.2f} {:>17} {:>7} {:>6} {:>6}\n", to_string(m.mode),
                       m.threshold > 1.0 ? "never" : fmt::format("{:.4f}", m.threshold), 100 * m.cer.rate,
                       percent(m.cer.low) + ".." + percent(m.cer.high), 100 * m.change,
                       percent(m.low) + ".." + percent(m.high), m.better, m.same, m.worse);
  }
  return out;
}

std::string fit_page(const correction::FitResult& result, const std::string& rows) {
  const FitReport& r = result.report;
  report::Page page("Fit of the correction ranker of " + result.ranker.head.name);
  page.paragraph(fmt::format(
      "{} utterances of {} taught confusions and weights, {} set the thresholds, {} are the test: they were looked at "
      "once, after everything was fixed. {} were left out because their text does not fit their frames or is too long.",
      r.utterances[0], rows, r.utterances[1], r.utterances[2], r.skipped));
  page.heading("What it does to the text").figure(modes_chart(r), "").table(modes_table(r));
  page.heading("Thresholds and probabilities")
      .figure(threshold_plot("Error rate and worsened utterances by threshold, calibrate part", r.curve,
                             marks_of(result.ranker)),
              "Marks: the thresholds of the modes.");
  page.figure(reliability_plot("Reliability, candidates of the test part", r.reliability),
              "Every candidate of the test part, not only those that were chosen. Probabilities that hold lie on the "
              "line.");
  page.heading("What was confused")
      .figure(confusion_picture(result.ranker.confusions), "From the fit part; rows are what was said.");
  page.heading("What it looks at").table(weights_table(result.ranker));
  page.heading("Better by the balanced mode").table(examples_table(r.better));
  page.heading("Worse by the balanced mode").table(examples_table(r.worse));
  page.paragraph(
      fmt::format("{} candidates of the fit part, of which {} bring the text nearer to what was said; L2 "
                  "logistic regression, {} Newton steps, largest gradient {:.1e}. seben {}.",
                  r.candidates, r.improving, r.logistic.steps, r.logistic.max_gradient, SEBEN_VERSION));
  return page.str();
}

}  // namespace seben::pipeline
