// SPDX-License-Identifier: Apache-2.0
#include "evidence/runtime_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/file.h"
#include "evidence/failure_classes.h"
#include "evidence/test_counts.h"
#include "evidence/text.h"
#include "seben/error.h"

namespace seben::evidence {
namespace {

// Lines with the marker's word: one at the front of its line, none anywhere else.
struct MarkerLines {
  std::size_t seen = 0;
  std::string_view json;  ///< of the first one
  std::string_view line;
  std::size_t number = 0;
  bool at_front = false;
};

MarkerLines find_markers(std::string_view log) {
  MarkerLines found;
  std::size_t number = 0;
  const std::string_view whole = log;
  while (!log.empty()) {
    if (log.data() == whole.data() && whole.find(kMarkerWord) == std::string_view::npos) return found;
    const std::string_view line = next_line(log);
    ++number;
    std::size_t at = line.find(kMarkerWord);
    if (at == std::string_view::npos) continue;
    if (found.seen == 0) {
      std::string_view rest = trim(line);
      found.at_front = take(rest, kMarkerWord) && take(rest, " ");
      found.json = rest;
      found.line = line;
      found.number = number;
    }
    ++found.seen;
  }
  return found;
}

Finding marker_finding(std::string kind, std::string explanation, const MarkerLines& lines, const std::string& name) {
  Finding finding{std::move(kind),
                  true,
                  std::move(explanation),
                  "",
                  "Let the harness print exactly the line of src/proof/evidence/marker.h, once, to standard output.",
                  "",
                  0,
                  "",
                  std::max<std::size_t>(lines.seen, 1)};
  if (lines.number > 0) {
    finding.file = name;
    finding.line = lines.number;
    finding.quote = quote(lines.line);
  }
  return finding;
}

void judge_marker(const MarkerLines& lines, const std::string& name, const MarkerThresholds& thresholds,
                  Verdict& verdict) {
  verdict.facts["markers"] = lines.seen;
  if (lines.seen == 0) {
    Finding missing = marker_finding("marker.missing", "The marker line is missing.", lines, name);
    missing.cause = "The chain did not reach its end, or its output is not in this log.";
    verdict.findings.push_back(std::move(missing));
    return;
  }
  if (lines.seen > 1) {
    verdict.findings.push_back(
        marker_finding("marker.duplicate", "The marker's word stands in several lines.", lines, name));
    return;
  }
  if (!lines.at_front) {
    verdict.findings.push_back(marker_finding("marker.malformed", "The marker does not begin its line.", lines, name));
    return;
  }
  try {
    const ProofMarker marker = parse_marker(lines.json, "marker");
    verdict.facts["marker"] = marker_facts(marker);
    for (Finding& finding : check_marker(marker, thresholds)) {
      finding.file = name;
      finding.line = lines.number;
      finding.quote = quote(lines.line);
      verdict.findings.push_back(std::move(finding));
    }
  } catch (const Error& error) {
    verdict.findings.push_back(marker_finding("marker.malformed", quote(error.what()), lines, name));
  }
}

// The status of the first finding in this order of what to look at first.
Status status_of(const Verdict& verdict) {
  const auto has = [&](std::string_view prefix) {
    return std::any_of(verdict.findings.begin(), verdict.findings.end(),
                       [&](const Finding& f) { return f.fatal && f.kind.starts_with(prefix); });
  };
  const auto is_other = [](const Finding& f) {
    return f.fatal && !f.kind.starts_with("tests.") && !f.kind.starts_with("log.") && !f.kind.starts_with("marker.");
  };
  if (std::any_of(verdict.findings.begin(), verdict.findings.end(), is_other)) return Status::fatal_pattern;
  if (has("tests.failed")) return Status::tests_failed;
  if (has("tests.none_executed")) return Status::no_tests_executed;
  if (has("log.incomplete")) return Status::log_incomplete;
  if (has("marker.missing")) return Status::marker_missing;
  if (has("marker.malformed") || has("marker.duplicate") || has("marker.contradiction")) return Status::marker_invalid;
  if (has("marker.")) return Status::threshold_exceeded;
  return Status::runtime_proven;
}

std::string reason_of(const Verdict& verdict, Status status) {
  if (status == Status::runtime_proven) {
    return fmt::format(
        "Tests that ran and passed: {}; the marker is whole and within its bounds in {} requested compute modes.",
        verdict.facts["tests"]["executed"].get<std::size_t>(), verdict.facts["marker"]["modes"].size());
  }
  std::size_t fatal = 0;
  const Finding* first = nullptr;
  for (const Finding& finding : verdict.findings) {
    if (!finding.fatal) continue;
    ++fatal;
    if (first == nullptr) first = &finding;
  }
  if (first == nullptr) return "The log is empty.";
  return fatal == 1 ? first->explanation : fmt::format("{} (and {} more)", first->explanation, fatal - 1);
}

}  // namespace

Verdict analyse_runtime_log(std::string_view log, const std::string& name, const RuntimeLogOptions& options) {
  Verdict verdict;
  verdict.analyser = "runtime_log";
  const std::string file = file_name(name);
  verdict.facts = {{"log", file}, {"bytes", log.size()}};
  if (trim(log).empty()) {
    verdict.findings.push_back({"log.empty", true, "The log is empty.",
                                "The run never began, or its output went elsewhere.",
                                "Keep the output of xcodebuild in a file.", file, 0, "", 1});
    verdict.conclude(Status::unknown_output, "The log is empty.");
    return verdict;
  }
  verdict.findings = find_failures(log, file);
  if (options.tolerate_device_support_line) {
    for (Finding& finding : verdict.findings)
      finding.fatal = finding.fatal && finding.kind != "xcode.device_support_directory";
  }
  const TestCounts counts = count_tests(log);
  verdict.facts["tests"] = test_facts(counts);
  for (Finding& finding : check_tests(counts, file)) verdict.findings.push_back(std::move(finding));
  judge_marker(find_markers(log), file, options.marker, verdict);
  const Status status = status_of(verdict);
  verdict.conclude(status, reason_of(verdict, status));
  return verdict;
}

Verdict analyse_runtime_log_file(const std::string& path, const RuntimeLogOptions& options) {
  const base::MappedFile file = base::MappedFile::open(path);
  file.advise_sequential();
  return analyse_runtime_log(file.text(), path, options);
}

}  // namespace seben::evidence
