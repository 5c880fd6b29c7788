// SPDX-License-Identifier: Apache-2.0
#include "evidence/verdict.h"

#include <algorithm>
#include <utility>

namespace seben::evidence {

std::string_view to_string(Status status) noexcept {
  switch (status) {
    case Status::ready: return "ready";
    case Status::disk_low: return "disk_low";
    case Status::device_offline: return "device_offline";
    case Status::not_paired: return "not_paired";
    case Status::developer_mode_off: return "developer_mode_off";
    case Status::blocked_device_locked: return "blocked_device_locked";
    case Status::device_support_missing: return "device_support_missing";
    case Status::runtime_proven: return "runtime_proven";
    case Status::fatal_pattern: return "fatal_pattern";
    case Status::tests_failed: return "tests_failed";
    case Status::no_tests_executed: return "no_tests_executed";
    case Status::log_incomplete: return "log_incomplete";
    case Status::marker_missing: return "marker_missing";
    case Status::marker_invalid: return "marker_invalid";
    case Status::threshold_exceeded: return "threshold_exceeded";
    case Status::placement_markers_found: return "placement_markers_found";
    case Status::no_placement_markers: return "no_placement_markers";
    case Status::not_process_attached: return "not_process_attached";
    case Status::invalid_empty_or_failed_trace: return "invalid_empty_or_failed_trace";
    case Status::compute_plan_read: return "compute_plan_read";
    case Status::compute_plan_invalid: return "compute_plan_invalid";
    case Status::evidence_whole: return "evidence_whole";
    case Status::run_interrupted: return "run_interrupted";
    case Status::run_failed: return "run_failed";
    case Status::evidence_incomplete: return "evidence_incomplete";
    case Status::evidence_altered: return "evidence_altered";
    case Status::evidence_contradicts: return "evidence_contradicts";
    case Status::unknown_output: break;
  }
  return "unknown_output";
}

bool passes(Status status) noexcept {
  return status == Status::ready || status == Status::runtime_proven || status == Status::placement_markers_found ||
         status == Status::compute_plan_read || status == Status::evidence_whole;
}

void Verdict::conclude(Status status_, std::string reason_) {
  const bool fatal = std::any_of(findings.begin(), findings.end(), [](const Finding& f) { return f.fatal; });
  status = passes(status_) && fatal ? Status::unknown_output : status_;
  passed = passes(status);
  reason = std::move(reason_);
}

nlohmann::ordered_json to_json(const Verdict& verdict) {
  nlohmann::ordered_json findings = nlohmann::ordered_json::array();
  for (const Finding& finding : verdict.findings) {
    nlohmann::ordered_json entry{{"class", finding.kind},
                                 {"fatal", finding.fatal},
                                 {"explanation", finding.explanation},
                                 {"cause", finding.cause},
                                 {"remedy", finding.remedy}};
    if (!finding.file.empty()) entry["file"] = finding.file;
    if (finding.line > 0) entry["line"] = finding.line;
    if (!finding.quote.empty()) entry["quote"] = finding.quote;
    entry["count"] = finding.count;
    findings.push_back(std::move(entry));
  }
  return {{"analyser", verdict.analyser},
          {"version", 1},
          {"status", to_string(verdict.status)},
          {"passed", verdict.passed},
          {"reason", verdict.reason},
          {"facts", verdict.facts},
          {"findings", std::move(findings)}};
}

}  // namespace seben::evidence
