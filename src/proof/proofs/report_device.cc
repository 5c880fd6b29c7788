// SPDX-License-Identifier: Apache-2.0
#include "proofs/report_device.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "evidence/unit.h"

namespace seben::proof {
namespace {

using evidence::Unit;
using report::ColumnKind;
using report::Page;
using report::Table;

const char* name_of(Unit unit) { return unit == Unit::ane ? "Neural Engine" : unit == Unit::gpu ? "GPU" : "CPU"; }

void verdicts(Page& page, const DeviceProof& d) {
  Table table{{{"analyser"}, {"verdict"}, {"because"}}, {}, "What each analyser says of its part of the evidence."};
  const auto row = [&](const char* name, const std::optional<evidence::Verdict>& v, const char* absent) {
    if (v) {
      table.rows.push_back(
          {name,
           {v->passed ? report::Outcome::good : report::Outcome::bad, std::string(evidence::to_string(v->status))},
           v->reason});
    } else {
      table.rows.push_back({name, "none", absent});
    }
  };
  row("evidence", d.evidence.whole, "");
  const bool on_mac = d.evidence.run && d.evidence.run->on_mac();
  row("preflight", d.evidence.preflight, on_mac ? "a Mac that tests itself needs none" : "the run has no name");
  row("runtime log", d.evidence.log, "there is no log");
  row("trace", d.evidence.trace, "none was recorded");
  std::size_t read = 0;
  for (const evidence::JudgedPlan& plan : d.evidence.plans) read += plan.verdict.passed ? 1 : 0;
  table.rows.push_back({"compute plans", read == d.evidence.plans.size() && read > 0 ? "compute_plan_read" : "none",
                        fmt::format("{} of {} plans are whole", read, d.evidence.plans.size())});
  page.table(table);
}

void device_parity(Page& page, const Proof& p) {
  report::LinePlot plot{"Core ML's difference from the reference", "stage", {{"log10 of the relative error", {}}}, {}};
  std::map<std::string, report::LinePlot::Series> series;
  std::vector<std::string> order;
  for (const GateResult& g : p.device->gates) {
    const std::size_t comma = g.check.rfind(", ");
    if (g.gate != "stage_error" || comma == std::string::npos) continue;
    const std::string units = g.check.substr(comma + 2);
    if (!series.contains(units)) order.push_back(units);
    report::LinePlot::Series& one = series[units];
    one.name = units;
    one.points.push_back({static_cast<double>(one.points.size()), std::log10(g.value)});  // of 0 there is no point
  }
  if (order.empty()) return;
  for (const std::string& units : order) plot.panels.front().series.push_back(std::move(series[units]));
  page.figure(draw(plot), "By the compute units that were asked for; each stage is given the fixture's input.");
}

void modes(Page& page, const evidence::DeviceDetails& details) {
  Table table{{{"asked for"},
               {"encoder mse", ColumnKind::number},
               {"head mse", ColumnKind::number},
               {"classes changed", ColumnKind::number},
               {"read", ColumnKind::nko}},
              {},
              ""};
  report::BarChart chart{"One window of 30 s on the device", "seconds, sum of the packages' medians", {}, 3};
  Table times{{{"asked for"},
               {"package"},
               {"load, s", ColumnKind::number},
               {"median, ms", ColumnKind::number},
               {"range, ms", ColumnKind::number},
               {"predictions", ColumnKind::number}},
              {},
              "As the device's clock told; nobody can compute them again."};
  for (const evidence::DeviceMode& mode : details.modes) {
    table.rows.push_back({mode.compute_units, fmt::format("{:.2e}", mode.encoder_mse),
                          fmt::format("{:.2e}", mode.head_mse), std::to_string(mode.argmax_changes), mode.text});
    double sum = 0.0, least = 0.0, most = 0.0;
    for (const evidence::DevicePackage& package : mode.packages) {
      const evidence::DeviceTiming t = package.predict.value_or(evidence::DeviceTiming{});
      sum += t.median;
      least += t.least;
      most += t.most;
      times.rows.push_back({mode.compute_units, package.name, fmt::format("{:.3f}", package.load_seconds),
                            fmt::format("{:.2f}", 1e3 * t.median),
                            fmt::format("{:.2f} to {:.2f}", 1e3 * t.least, 1e3 * t.most), std::to_string(t.count)});
    }
    chart.bars.push_back({mode.compute_units, sum, report::Interval{least, most}});
  }
  page.table(table).figure(draw(chart), "Whiskers: sums of the least and of the most.");
  page.open_details("Every package").table(times).close_details();
}

}  // namespace

void report_device(Page& page, const Proof& p) {
  const DeviceProof& d = *p.device;
  page.heading("On the device");
  if (!d.passed()) {
    page.verdict(report::Outcome::bad, "This evidence does not hold. " + evidence::conclude(d.evidence).reason);
  }
  if (d.evidence.run) {
    page.paragraph(fmt::format("Run {}, {} to {}; {}. Packages: {}.", d.evidence.run->run, d.evidence.run->started,
                               d.evidence.run->ended, d.evidence.run->on_mac() ? "a Mac" : "a device",
                               d.mode.empty() ? "none of this proof" : "those of mode " + d.mode));
  }
  verdicts(page, d);
  device_parity(page, p);
  if (d.evidence.details) modes(page, *d.evidence.details);
}

void report_placement(Page& page, const DeviceProof& device) {
  const auto& trace = device.evidence.trace;
  if (trace && trace->passed) {
    report::BarChart chart{"Core ML's intervals in the process", "intervals within predictions", {}, 0};
    for (const Unit unit : evidence::kUnits) {
      const auto at = nlohmann::ordered_json::json_pointer("/units/" + std::string(to_string(unit)) + "/intervals");
      chart.bars.push_back({name_of(unit), trace->facts.value(at, 0.0), std::nullopt});
    }
    page.figure(draw(chart), "From the trace: that a unit computed, not which operator.");
  } else {
    page.paragraph("No trace shows where anything was computed: what follows, if anything, is intention.");
  }
  if (device.evidence.plans.empty()) return;
  Table table{{{"asked for"}, {"package"}}, {}, "What Core ML prefers, in operators: an intention, no placement."};
  for (const Unit unit : evidence::kUnits) table.columns.push_back({name_of(unit), ColumnKind::number});
  for (const evidence::JudgedPlan& plan : device.evidence.plans) {
    std::vector<report::Cell> row{plan.compute_units, plan.package};
    for (const Unit unit : evidence::kUnits) {
      const auto at = nlohmann::ordered_json::json_pointer("/preferred/" + std::string(to_string(unit)));
      row.emplace_back(plan.verdict.passed ? std::to_string(plan.verdict.facts.value(at, std::size_t{0})) : "?");
    }
    table.rows.push_back(std::move(row));
  }
  page.open_details("Compute plans").table(table).close_details();
}

}  // namespace seben::proof
