// SPDX-License-Identifier: Apache-2.0
#include "evaluate/eval_report.h"

#include <fmt/format.h>

#include <algorithm>

#include "evaluate/confusion_map.h"
#include "evaluate/examples_table.h"
#include "evaluate/mode_plots.h"
#include "report/html.h"
#include "seben/version.h"

namespace seben::pipeline {
namespace {

using report::ColumnKind;

std::string interval(double low, double high) { return percent(low) + " to " + percent(high); }

report::Table cells_table(const Evaluation& evaluation) {
  report::Table table{{{"condition"},
                       {"mode"},
                       {"utterances", ColumnKind::number},
                       {"CER %", ColumnKind::number},
                       {"95 % interval", ColumnKind::number},
                       {"WER %", ColumnKind::number},
                       {"change, points", ColumnKind::number},
                       {"95 % interval", ColumnKind::number},
                       {"better", ColumnKind::number},
                       {"same", ColumnKind::number},
                       {"worse", ColumnKind::number}},
                      {},
                      "CER by code point; changes of it are paired over the same utterances."};
  for (const EvalCondition& c : evaluation.conditions) {
    for (const EvalCell& cell : c.cells) {
      const bool off = cell.mode == "off";
      table.rows.push_back(
          {c.name, cell.mode, std::to_string(cell.cer.utterances), percent(cell.cer.rate),
           interval(cell.cer.low, cell.cer.high), percent(cell.wer.rate),
           off ? report::Cell("")
               : report::Cell(verdict_of_change(cell.change.low, cell.change.high), percent(cell.change.change)),
           off ? "" : interval(cell.change.low, cell.change.high), off ? "" : std::to_string(cell.better),
           off ? "" : std::to_string(cell.same), off ? "" : std::to_string(cell.worse)});
    }
  }
  return table;
}

// The balanced mode over everything.
void sum_up(report::Page& page, const Evaluation& evaluation) {
  if (evaluation.conditions.empty()) return;
  const EvalCondition& all = evaluation.conditions.back();  // or the only one
  const auto off = std::ranges::find(all.cells, "off", &EvalCell::mode);
  const auto balanced = std::ranges::find(all.cells, "balanced", &EvalCell::mode);
  if (off == all.cells.end() || balanced == all.cells.end()) return;
  const nko::RateChange& c = balanced->change;
  const report::Outcome verdict = verdict_of_change(c.low, c.high);
  page.verdict(verdict, fmt::format("Correction in the balanced mode takes the character error rate from {} to {} %: "
                                    "{} points ({}){}",
                                    percent(off->cer.rate), percent(balanced->cer.rate), percent(c.change),
                                    interval(c.low, c.high),
                                    verdict == report::Outcome::unclear ? ", which may be chance." : "."));
}

report::Svg modes_chart(const EvalCondition& condition) {
  report::BarChart chart{"Character error rate, " + condition.name, "character error rate, %", {}};
  for (const EvalCell& cell : condition.cells) chart.bars.push_back(rate_bar(cell.mode, cell.cer, cell.mode != "off"));
  return draw(chart);
}

void add_correction(report::Page& page, const EvalCorrection& correction) {
  std::vector<std::pair<double, std::string>> marks;
  for (std::size_t i = 0; i < correction.thresholds.size(); ++i) {
    marks.emplace_back(correction.thresholds[i], std::string(to_string(correction::kModes[i])));
  }
  page.heading("Thresholds and probabilities")
      .figure(threshold_plot("Error rate and worsened utterances by threshold", correction.curve, marks),
              fmt::format("{} recordings of one window. Marks: the frozen thresholds of the modes.",
                          correction.utterances));
  page.figure(reliability_plot("Reliability of all candidates", correction.test.reliability),
              "Probabilities that hold lie on the line.");
  page.heading("Better by the balanced mode").table(examples_table(correction.test.better));
  page.heading("Worse by the balanced mode").table(examples_table(correction.test.worse));
}

std::string choices_table(const Evaluation& evaluation) {
  if (evaluation.choices.empty()) return {};
  std::string out = fmt::format("\n{:<14} {:>8} {:>15} {:>6} {:>6} {:>6} {:>9} {:>8}\n", "forced choice", "right %",
                                "95 % interval", "right", "wrong", "none", "unlisted", "refused");
  for (const EvalChoices& c : evaluation.choices) {
    const auto [low, high] = c.interval();
    out += fmt::format("{:<14} {:>8} {:>15} {:>6} {:>6} {:>6} {:>9} {:>8}\n", c.condition,
                       c.any() ? percent(c.accuracy()) : "-", c.any() ? percent(low) + ".." + percent(high) : "-",
                       c.right, c.wrong, c.none, c.unlisted + c.unlisted_refused, c.unlisted_refused);
  }
  return out;
}

report::Table choices_page_table(const Evaluation& evaluation) {
  report::Table table{{{"condition"},
                       {"right %", ColumnKind::number},
                       {"95 % interval", ColumnKind::number},
                       {"right", ColumnKind::number},
                       {"wrong", ColumnKind::number},
                       {"none", ColumnKind::number},
                       {"unlisted", ColumnKind::number},
                       {"of them refused", ColumnKind::number}},
                      {},
                      "Recordings whose text the list has: right, another word, or none of the words."};
  for (const EvalChoices& c : evaluation.choices) {
    const auto [low, high] = c.interval();
    table.rows.push_back({c.condition, c.any() ? percent(c.accuracy()) : "-", c.any() ? interval(low, high) : "-",
                          std::to_string(c.right), std::to_string(c.wrong), std::to_string(c.none),
                          std::to_string(c.unlisted + c.unlisted_refused), std::to_string(c.unlisted_refused)});
  }
  return table;
}

}  // namespace

std::string eval_table(const Evaluation& evaluation) {
  std::string out =
      fmt::format("{:<14} {:<13} {:>6} {:>7} {:>15} {:>7} {:>8} {:>17} {:>7} {:>6} {:>6}\n", "condition", "mode",
                  "utts", "CER %", "95 % interval", "WER %", "change", "95 % interval", "better", "same", "worse");
  for (const EvalCondition& c : evaluation.conditions) {
    for (const EvalCell& cell : c.cells) {
      out +=
          fmt::format("{:<14} {:<13} {:>6} {:>7.2f} {:>15} {:>7.2f}", c.name, cell.mode, cell.cer.utterances,
                      100 * cell.cer.rate, percent(cell.cer.low) + ".." + percent(cell.cer.high), 100 * cell.wer.rate);
      if (cell.mode != "off") {
        out += fmt::format(" {:>+8.2f} {:>17} {:>7} {:>6} {:>6}", 100 * cell.change.change,
                           percent(cell.change.low) + ".." + percent(cell.change.high), cell.better, cell.same,
                           cell.worse);
      }
      out += '\n';
    }
  }
  for (const EvalOracle& o : evaluation.oracles) {
    out += fmt::format("{:<14} {:<13} {:>6} {:>7.2f} {:>15} {:>7.2f}\n", o.condition, "best of list", o.cer.utterances,
                       100 * o.cer.rate, percent(o.cer.low) + ".." + percent(o.cer.high), 100 * o.wer.rate);
  }
  return out + choices_table(evaluation);
}

std::string eval_page(const Evaluation& evaluation, const std::string& manifest) {
  report::Page page("Evaluation of " + evaluation.bundle);
  page.paragraph(
      fmt::format("{} recordings of {}, arithmetic {}, {} decoding. The model ran once a recording; every "
                  "mode corrects the same log-probabilities.",
                  evaluation.utterances.size(), manifest, evaluation.precision, evaluation.decoder));
  if (!evaluation.failures.empty()) {
    page.warning(
            fmt::format("{} recordings could not be transcribed and are in no figure.", evaluation.failures.size()))
        .list(evaluation.failures);
  }
  sum_up(page, evaluation);
  if (!evaluation.choices.empty()) page.heading("Forced choice").table(choices_page_table(evaluation));
  page.heading("Error rates");
  for (const EvalCondition& c : evaluation.conditions) page.figure(modes_chart(c), "");
  page.table(cells_table(evaluation));
  for (const EvalOracle& o : evaluation.oracles) {
    page.note(fmt::format("The best of the likeliest texts of each recording ({}): CER {} % ({} to {}), WER {} %.",
                          o.condition, percent(o.cer.rate), percent(o.cer.low), percent(o.cer.high),
                          percent(o.wer.rate)));
  }
  if (evaluation.correction) {
    add_correction(page, *evaluation.correction);
  } else {
    page.note("No correction was measured: there is no ranker, or no recording fits one window.");
  }
  page.heading("What was confused")
      .figure(confusion_picture(evaluation.confusions),
              "Uncorrected texts of this evaluation; rows are what was said.");
  page.paragraph("seben " SEBEN_VERSION);
  return page.str();
}

}  // namespace seben::pipeline
