// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "package/ane_audit.h"
#include "report/html.h"

namespace seben::coreml {
namespace {

constexpr std::string_view kEstimate =
    "Static estimate: it says what may run on the Neural Engine, never that something does. Only a trace or a compute "
    "plan from a device shows placement.";

struct Group {
  const AuditRule* rule;
  std::vector<const Finding*> findings;
};

std::vector<Group> grouped(const Audit& audit) {
  std::vector<Group> groups;
  for (const Finding& f : audit.findings) {
    auto it = std::ranges::find(groups, f.rule, &Group::rule);
    if (it == groups.end()) it = groups.insert(groups.end(), {f.rule, {}});
    it->findings.push_back(&f);
  }
  std::ranges::stable_sort(groups, {}, [](const Group& g) { return g.rule->level; });
  return groups;
}

double share(double part, double whole) { return whole > 0.0 ? 100.0 * part / whole : 0.0; }

std::string figures(const Audit& a) {
  return fmt::format(
      "{} of {} operations eligible, {:.1f} % of the multiply-adds, in {} runs; padding makes {:.1f} MB of results "
      "into "
      "{:.1f} MB",
      a.eligible, a.operations, share(a.eligible_work, a.work), a.partitions, a.activation_bytes / 1e6,
      a.padded_bytes / 1e6);
}

std::string place(const Finding& f) {
  if (f.operation.empty()) return f.detail;
  return f.detail.empty() ? f.operation : f.operation + " (" + f.detail + ")";
}

}  // namespace

std::string audit_text(const Audit& audit) {
  std::string text = std::string(kEstimate) + "\n" + figures(audit) + "\n";
  for (const Group& g : grouped(audit)) {
    text += fmt::format("{} {}: {} ({} times)\n  do: {}\n  known from: {}\n", to_string(g.rule->level), g.rule->id,
                        g.rule->reason, g.findings.size(), g.rule->remedy, g.rule->source);
    for (std::size_t i = 0; i < std::min<std::size_t>(3, g.findings.size()); ++i)
      text += "  at: " + place(*g.findings[i]) + "\n";
  }
  return text;
}

nlohmann::ordered_json audit_json(const Audit& audit) {
  nlohmann::ordered_json findings = nlohmann::ordered_json::array();
  for (const Finding& f : audit.findings) {
    findings.push_back({{"rule", std::string(f.rule->id)},
                        {"level", std::string(to_string(f.rule->level))},
                        {"operation", f.operation},
                        {"found", f.detail},
                        {"reason", std::string(f.rule->reason)},
                        {"remedy", std::string(f.rule->remedy)},
                        {"source", std::string(f.rule->source)}});
  }
  return {{"kind", "static estimate"},
          {"placement_shown", false},
          {"operations", audit.operations},
          {"eligible_operations", audit.eligible},
          {"multiply_adds", audit.work},
          {"eligible_multiply_adds", audit.eligible_work},
          {"eligible_runs", audit.partitions},
          {"result_bytes", audit.activation_bytes},
          {"padded_result_bytes", audit.padded_bytes},
          {"findings", findings}};
}

void write_audit_html(const Audit& audit, const std::string& title, const std::string& path) {
  report::Page page("Neural Engine readiness of " + title);
  page.warning(kEstimate);
  page.paragraph(figures(audit) + ".");
  report::Table table{
      {{"rule"}, {"level"}, {"times", report::ColumnKind::number}, {"found"}, {"remedy"}, {"known from"}}, {}, ""};
  for (const Group& g : grouped(audit)) {
    table.rows.push_back({std::string(g.rule->id), std::string(to_string(g.rule->level)),
                          std::to_string(g.findings.size()), std::string(g.rule->reason), std::string(g.rule->remedy),
                          std::string(g.rule->source)});
  }
  page.table(table);
  for (const Group& g : grouped(audit)) {
    page.open_details(fmt::format("{} {} ({})", g.rule->id, g.rule->reason, g.findings.size()));
    std::vector<std::string> places;
    for (const Finding* f : g.findings) places.push_back(place(*f));
    page.list(places);
    page.close_details();
  }
  page.write(path);
}

}  // namespace seben::coreml
