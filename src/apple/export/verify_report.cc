// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "export/verify.h"
#include "report/html.h"
#include "seben/version.h"

namespace seben::deploy {
namespace {

// JSON has no infinity.
nlohmann::ordered_json number(double v) {
  return std::isfinite(v) ? nlohmann::ordered_json(v) : nlohmann::ordered_json(fmt::format("{}", v));
}

nlohmann::ordered_json figures_json(const parity::Figures& f) {
  nlohmann::ordered_json json{{"mse", number(f.mse)},
                              {"mse_of_mean_square_1", number(f.share)},
                              {"max_abs", number(f.max_abs)},
                              {"cosine", number(f.cosine)}};
  if (f.frames > 0) json["argmax"] = {{"frames", f.frames}, {"changed", f.argmax_changes}};
  if (f.texts > 0) json["texts"] = {{"compared", f.texts}, {"changed", f.text_changes}};
  return json;
}

report::Svg mse_plot(const Verification& v) {
  report::BarChart chart{
      "Difference from the engine", "minus log10 of the mean squared difference (more is closer)", {}, 1};
  for (const CheckedPart& part : v.parts) {
    // Where nothing differs, or nothing can be compared, there is no logarithm and so no bar.
    const bool equal = part.figures.mse == 0.0;
    chart.bars.push_back({part.name, equal ? std::nan("") : -std::log10(part.figures.mse), std::nullopt,
                          part.failures.empty(), equal ? "no difference" : "no figure"});
  }
  return draw(chart);
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& w : words) out += (out.empty() ? "" : "; ") + w;
  return out;
}

}  // namespace

std::string to_json(const Verification& v) {
  nlohmann::ordered_json parts = nlohmann::ordered_json::array();
  for (const CheckedPart& p : v.parts) {
    parts.push_back({{"part", p.name},
                     {"package", p.file},
                     {"precision", p.precision},
                     {"figures", figures_json(p.figures)},
                     {"failures", p.failures}});
  }
  const nlohmann::ordered_json json{{"schema", "seben.coreml-verification"},
                                    {"version", 1},
                                    {"tool", "seben " SEBEN_VERSION},
                                    {"against", v.against},
                                    {"runner", v.runner},
                                    {"interpreted_here", v.interpreted},
                                    {"gates", {{"name", v.gates}, {"sha256", v.gates_digest}}},
                                    {"clips", v.clips},
                                    {"parts", parts},
                                    {"passed", v.passed()}};
  return json.dump(2) + "\n";
}

void write_html(const Verification& v, const std::string& path) {
  report::Page page("Core ML packages of " + v.against);
  page.paragraph(
      fmt::format("Executed by: {}. Gates: {}. {} clips: {}.", v.runner, v.gates, v.clips.size(), joined(v.clips)));
  if (v.passed()) {
    page.verdict(report::Outcome::good, "Every part holds.");
  } else {
    page.verdict(report::Outcome::bad, "At least one part does not hold.");
  }
  if (v.interpreted)
    page.paragraph(
        "This proves what the packages say, not what Apple's compiler makes of them: nothing here ran on an Apple "
        "device.");

  using report::ColumnKind;
  report::Table table{
      {{"part"},
       {"precision"},
       {"mse", ColumnKind::number},
       {"largest", ColumnKind::number},
       {"cosine", ColumnKind::number},
       {"classes changed", ColumnKind::number},
       {"texts changed", ColumnKind::number},
       {"verdict"}},
      {},
      "The worst over all clips. Each stage is given the engine's own input; the chain is given its own."};
  for (const CheckedPart& p : v.parts) {
    const parity::Figures& f = p.figures;
    table.rows.push_back({p.name, p.precision, fmt::format("{:.2e}", f.mse), fmt::format("{:.2e}", f.max_abs),
                          fmt::format("{:.9f}", f.cosine),
                          f.frames == 0 ? "" : fmt::format("{} of {}", f.argmax_changes, f.frames),
                          f.texts == 0 ? "" : fmt::format("{} of {}", f.text_changes, f.texts),
                          p.failures.empty() ? report::Cell(report::Outcome::good, "holds")
                                             : report::Cell(report::Outcome::bad, joined(p.failures))});
  }
  page.table(table);
  page.figure(mse_plot(v), "Grey bars do not hold.");
  page.write(path);
}

}  // namespace seben::deploy
