// SPDX-License-Identifier: Apache-2.0
#include "evidence/trace.h"

#include <fmt/format.h>

#include <functional>
#include <utility>

#include "base/file.h"
#include "base/interrupt.h"
#include "evidence/text.h"
#include "evidence/trace_intervals.h"
#include "evidence/trace_rows.h"
#include "seben/error.h"

namespace seben::evidence {
namespace {

Finding trace_finding(std::string kind, std::string explanation, std::string cause, std::string remedy) {
  return {std::move(kind), true, std::move(explanation), std::move(cause), std::move(remedy), "", 0, "", 1};
}

Verdict begin_verdict(const TraceOptions& options) {
  if (options.process.empty() && options.pid <= 0) {
    throw Error(ErrorCategory::usage, "trace", "the name or number of the process under test", "neither");
  }
  Verdict verdict;
  verdict.analyser = "trace";
  verdict.facts = {{"process", quote(options.process)}, {"pid", options.pid}};
  return verdict;
}

// One document into `intervals`; what is wrong with it becomes a trace_finding.
void read_document(const std::string& name, const std::function<void(TraceReader&)>& feed, TraceIntervals& intervals,
                   Verdict& verdict) {
  try {
    intervals.begin_document();
    TraceReader reader(name, intervals);
    feed(reader);
    reader.finish();
  } catch (const Error& error) {
    if (error.category() != ErrorCategory::bad_data) throw;
    Finding broken = trace_finding("trace.unreadable", quote(error.what()),
                                   "The export failed or was cut, or the recording is empty.",
                                   "Export again with xctrace export --xpath, and record again if that fails.");
    broken.file = name;
    verdict.findings.push_back(std::move(broken));
  }
}

bool units_suffice(const TraceIntervals& intervals, const TraceOptions& options) {
  const std::size_t least = options.min_intervals == 0 ? 1 : options.min_intervals;
  std::size_t all = 0;
  for (const Unit unit : kUnits) all += intervals.time(unit).intervals;
  for (const Unit unit : options.required) {
    if (intervals.time(unit).intervals < least) return false;
  }
  return all >= least;
}

std::string placement(const TraceIntervals& intervals) {
  return fmt::format("Core ML computed in {} intervals on the Neural Engine, {} on the GPU and {} on the CPU",
                     intervals.time(Unit::ane).intervals, intervals.time(Unit::gpu).intervals,
                     intervals.time(Unit::cpu).intervals);
}

void conclude(TraceIntervals& intervals, const TraceOptions& options, Verdict& verdict) {
  intervals.attribute();
  verdict.facts.update(intervals.facts());
  const auto refuse = [&](Status status, Finding why) {
    std::string reason = why.explanation;
    verdict.findings.push_back(std::move(why));
    verdict.conclude(status, std::move(reason));
  };
  if (!verdict.findings.empty()) {
    verdict.conclude(Status::invalid_empty_or_failed_trace, verdict.findings.front().explanation);
  } else if (intervals.rows() == 0) {
    refuse(Status::invalid_empty_or_failed_trace,
           trace_finding("trace.empty", "No table has a single row.",
                         "The recording failed, or only its table of contents was exported.",
                         "Record again with the Core ML template while the test runs, then export its tables."));
  } else if (!intervals.attached()) {
    refuse(Status::not_process_attached,
           trace_finding("trace.other_process", "No row and no target of the recording is the process under test.",
                         "Another process was recorded, or this one had ended.",
                         "Attach to the process by its number while it runs."));
  } else if (!units_suffice(intervals, options)) {
    refuse(Status::no_placement_markers,
           trace_finding(
               "trace.no_markers",
               placement(intervals) + (options.required.empty() ? "." : ", which is not what was asked for."),
               "The recording does not cover a prediction, or this Instruments version leaves these tables empty.",
               "Record while predictions run; open the recording in Instruments to see whether its lanes are empty."));
  } else {
    verdict.conclude(Status::placement_markers_found, placement(intervals) + " for the process under test.");
  }
}

}  // namespace

Verdict analyse_trace(std::span<const NamedText> exports, const TraceOptions& options) {
  Verdict verdict = begin_verdict(options);
  TraceIntervals intervals(options);
  nlohmann::ordered_json files = nlohmann::ordered_json::array();
  for (const NamedText& document : exports) {
    files.push_back(file_name(document.name));
    read_document(
        file_name(document.name), [&](TraceReader& reader) { reader.feed(document.text); }, intervals, verdict);
  }
  verdict.facts["files"] = std::move(files);
  conclude(intervals, options, verdict);
  return verdict;
}

Verdict analyse_trace_files(std::span<const std::string> paths, const TraceOptions& options) {
  constexpr std::size_t kPiece = std::size_t{4} << 20;
  Verdict verdict = begin_verdict(options);
  TraceIntervals intervals(options);
  nlohmann::ordered_json files = nlohmann::ordered_json::array();
  for (const std::string& path : paths) {
    const base::MappedFile file = base::MappedFile::open(path);
    file.advise_sequential();
    const auto feed = [&](TraceReader& reader) {
      for (std::size_t at = 0; at < file.size(); at += kPiece) {
        base::throw_if_interrupted();
        reader.feed(file.text().substr(at, kPiece));
        file.release(at, kPiece);
      }
    };
    files.push_back(file_name(path));
    read_document(file_name(path), feed, intervals, verdict);
  }
  verdict.facts["files"] = std::move(files);
  conclude(intervals, options, verdict);
  return verdict;
}

}  // namespace seben::evidence
