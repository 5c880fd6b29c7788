// SPDX-License-Identifier: Apache-2.0
#include "proofs/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "proofs/chain_diagram.h"
#include "proofs/report_device.h"
#include "report/html.h"

namespace seben::proof {
namespace {

using report::ColumnKind;
using report::Page;
using report::Table;

using report::Outcome;

Outcome judged(bool good) { return good ? Outcome::good : Outcome::bad; }

report::Cell yes_or_no(bool holds) { return {judged(holds), holds ? "yes" : "NO"}; }

void verdict(Page& page, const Proof& p) {
  const Standing standing = p.standing();
  page.verdict(standing == Standing::consistent ? Outcome::unclear : judged(standing == Standing::proved),
               headline(p) + " " + p.reason);
  page.paragraph(fmt::format("Target: {}. Model: {} (bundle {}). Recording: {}. Gates: {}.",
                             to_string(p.request.target), p.request.model, p.request.bundle_digest.substr(0, 16),
                             p.request.audio, p.gates.whose()));
  page.paragraph(fmt::format(
      "{} {}",
      p.computed ? "Everything on this page was computed again from the bundle and the recording when it was written."
                 : "Everything on this page was computed again from the proof's files when it was written; whether "
                   "bundle and recording give these files was not: seben proof audit with --bundle and --audio does.",
      p.device ? "What it says of a device rests on evidence that was brought back from there."
               : "It says nothing about a device: none took part."));
}

std::string error_text(double error) { return error == 0.0 ? "0" : fmt::format("{:.2e}", error); }

// Nothing to draw where nothing differs: a logarithm of 0 is no figure.
void difference_plot(Page& page, const Proof& p) {
  report::LinePlot plot{
      "Difference from the reference, stage by stage", "stage", {{"log10 of the relative error", {}}}, {}};
  std::vector<std::string> equal;
  for (const ModeProof& m : p.modes) {
    report::LinePlot::Series series{m.mode, {}};
    bool differs = false;
    for (std::size_t i = 0; i < m.figures.stages.size(); ++i) {
      series.points.push_back({static_cast<double>(i), std::log10(m.figures.stages[i].error)});
      differs = differs || m.figures.stages[i].error > 0.0;
    }
    if (differs) {
      plot.panels.front().series.push_back(std::move(series));
    } else {
      equal.push_back(m.mode);
    }
  }
  const std::string same = equal.empty() ? "" : fmt::format("No difference at any stage: {}.", fmt::join(equal, ", "));
  if (plot.panels.front().series.empty()) {
    page.paragraph(same);
  } else {
    page.figure(draw(plot),
                "Each stage is given the reference's input; where nothing differs there is no point. " + same);
  }
}

void parity(Page& page, const Proof& p) {
  page.heading("Parity with the f32 reference");
  Table table{{{"number", ColumnKind::number}, {"stage"}},
              {},
              "Relative error: root of the mean squared difference over the reference's root mean square."};
  for (const ModeProof& m : p.modes) table.columns.push_back({m.mode, ColumnKind::number});
  const auto row = [&](std::string number, std::string name, const auto& value) {
    std::vector<report::Cell> cells{std::move(number), std::move(name)};
    for (const ModeProof& m : p.modes) cells.emplace_back(value(m));
    table.rows.push_back(std::move(cells));
  };
  for (std::size_t i = 0; i < p.request.stages.size(); ++i) {
    row(std::to_string(i), stage_label(p.request.stages[i]),
        [&](const ModeProof& m) { return error_text(m.figures.stages[i].error); });
  }
  row("", "whole encoder", [](const ModeProof& m) { return error_text(m.figures.encoder.error); });
  row("", "head", [](const ModeProof& m) { return error_text(m.figures.head.error); });
  row("", "logits of the whole chain", [](const ModeProof& m) { return error_text(m.figures.logits.error); });
  row("", "classes changed",
      [](const ModeProof& m) { return fmt::format("{} of {}", m.figures.argmax_changes, m.figures.frames); });
  page.table(table);
}

void texts(Page& page, const Proof& p) {
  page.heading("Text and correction");
  Table table{{{"mode"},
               {"read", ColumnKind::nko},
               {"after the ranker", ColumnKind::nko},
               {"frames not blank", ColumnKind::number},
               {"candidates", ColumnKind::number},
               {"best", ColumnKind::number},
               {"decision"}},
              {},
              fmt::format("The ranker's mode is {}.", Reader::mode())};
  table.rows.push_back({"reference", p.reference_text, "", "", "", "", ""});
  for (const ModeProof& m : p.modes) {
    table.rows.push_back({m.mode, m.reading.text, m.reading.corrected,
                          fmt::format("{} of {}", m.reading.nonblank_frames, m.reading.frames),
                          std::to_string(m.reading.candidates), fmt::format("{:.3f}", m.reading.score),
                          m.reading.accepted ? "accepted" : "kept"});
  }
  page.table(table);
}

void timings_chart(Page& page, const Proof& p) {
  report::BarChart chart{"One window of 30 s", "seconds, median; whiskers: quartiles", {}, 3};
  for (const ModeProof& m : p.modes) {
    for (const Timings::Phase& phase : m.timings.phases) {
      const Spread s = spread_of(phase.seconds);
      if (phase.name == "total") chart.bars.push_back({m.mode, s.median, report::Interval{s.low, s.high}});
    }
  }
  page.figure(draw(chart), fmt::format("{} threads.", p.request.threads));
}

void timings(Page& page, const Proof& p) {
  page.heading("Timings");
  Table table{
      {{"mode"},
       {"phase"},
       {"median, ms", ColumnKind::number},
       {"quartiles, ms", ColumnKind::number},
       {"range, ms", ColumnKind::number},
       {"repetitions", ColumnKind::number}},
      {},
      p.request.target == Target::package ? "Of packages: reading and preparing them is part of every call." : ""};
  for (const ModeProof& m : p.modes) {
    for (const Timings::Phase& phase : m.timings.phases) {
      const Spread s = spread_of(phase.seconds);
      table.rows.push_back({m.mode, phase.name, fmt::format("{:.2f}", 1e3 * s.median),
                            fmt::format("{:.2f} to {:.2f}", 1e3 * s.low, 1e3 * s.high),
                            fmt::format("{:.2f} to {:.2f}", 1e3 * s.least, 1e3 * s.most),
                            std::to_string(phase.seconds.size())});
    }
  }
  page.table(table);
}

void claims(Page& page, const Proof& p) {
  page.heading("Claims");
  Table table{{{"supported"}, {"sentence"}, {"because"}}, {}, "Derived from the evidence, never typed."};
  Table files{{{"sentence"}, {"file"}, {"SHA-256 begins with"}}, {}, ""};
  for (const Claim& c : p.claims) {
    // A sentence that nothing supports is no failure.
    table.rows.push_back({c.supported ? yes_or_no(true) : "no", c.sentence, c.because});
    for (const ProofFile& f : c.evidence) files.rows.push_back({c.id, f.path, f.sha256.substr(0, 16)});
  }
  page.table(table).open_details("What every claim rests on").table(files).close_details();
}

void gates(Page& page, const Proof& p) {
  Table table{{{"mode"},
               {"check"},
               {"gate"},
               {"value", ColumnKind::number},
               {"limit", ColumnKind::number},
               {"holds"},
               {"source of the limit"}},
              {},
              ""};
  const auto add = [&](const GateResult& g) {
    table.rows.push_back({g.mode, g.check, g.gate, fmt::format("{:.4g}", g.value),
                          fmt::format("{} {:.4g}", g.at_most ? "\u2264" : "\u2265", g.limit), yes_or_no(g.holds()),
                          g.source});
  };
  for (const GateResult& g : p.run_gates) add(g);
  for (const ModeProof& m : p.modes) {
    for (const GateResult& g : m.gates) add(g);
  }
  if (p.device) {
    for (const GateResult& g : p.device->gates) add(g);
  }
  page.heading("Gates").open_details(fmt::format("All {} gates", table.rows.size())).table(table).close_details();
}

std::string placement(const Proof& p) {
  return p.request.target == Target::native
             ? "The engine computed on this machine's processor. No Core ML, no GPU, no Neural Engine took part."
             : "The packages were executed by: " + p.request.runner +
                   (p.device ? ". Where Core ML placed their operators is known from the device's evidence alone."
                             : ". Where Core ML would place their operators is not known from this proof.");
}

void rest(Page& page, const Proof& p, const std::string& folder) {
  page.heading("Placement").paragraph(placement(p));
  if (p.device) report_placement(page, *p.device);
  page.heading("Environment");
  Table table{{{"what"}, {"value"}}, {}, ""};
  for (const Fact& f : p.environment) table.rows.push_back({f.name, f.value});
  table.rows.push_back(
      {"free on the disk", fmt::format("{:.1f} GiB", static_cast<double>(p.preflight.free) / 1073741824.0)});
  page.table(table);
  page.heading("Again");
  std::string modes;
  for (const std::string& mode : p.request.modes) modes += (modes.empty() ? "" : ",") + mode;
  std::vector<std::string> lines{
      fmt::format("seben proof run BUNDLE --target {} --audio {} --modes {} --stages {} --repetitions {} --threads {} "
                  "--min-free {} --out NEW",
                  to_string(p.request.target), p.request.audio, modes, fmt::join(p.request.stages, ","),
                  p.request.repetitions, p.request.threads, p.request.min_free)};
  if (p.device) lines.emplace_back("seben proof attach NEW EVIDENCE");
  lines.push_back("seben proof audit " + folder);
  lines.push_back("manifest SHA-256 " + p.manifest_digest);
  lines.push_back("program SHA-256 " + p.request.program_digest);
  page.list(lines);
}

}  // namespace

void write_report(const Audit& audit, const std::string& folder, const std::string& path) {
  if (!audit.proof) {
    Page page("No proof: " + folder);
    page.verdict(Outcome::bad, "The audit failed. Nothing that this folder says may be relied on.");
    page.list(audit.problems);
    page.write(path);
    return;
  }
  const Proof& p = *audit.proof;
  const Standing standing = p.standing();
  const bool holds = standing == Standing::proved || standing == Standing::consistent;
  Page page(fmt::format("{} {}, {}", holds ? "Proof of" : "Not proved:", p.request.model, to_string(p.request.target)));
  verdict(page, p);
  page.figure(chain_diagram(p), "What ran, in order. Grey, with a cross: a gate does not hold there.");
  timings_chart(page, p);  // beside the chain where there is room
  difference_plot(page, p);
  parity(page, p);
  texts(page, p);
  timings(page, p);
  if (p.device) report_device(page, p);
  claims(page, p);
  gates(page, p);
  rest(page, p, folder);
  page.write(path);
}

}  // namespace seben::proof
