// SPDX-License-Identifier: Apache-2.0
// Exported tables of an Instruments recording: which units computed for Core ML in the process that was under test.
//
// What counts, by table (the schema of the export):
//   coreml*               intervals of Core ML itself, by their event: CPU, GPU Request, Neural Engine, Prediction
//   os-signpost,          begin and end, or whole intervals, of subsystem com.apple.coreml; intervals of
//   os-signpost-interval* `window_subsystem` are the test's own marks around its predictions
//   ane-hw-intervals*,    hardware; the Neural Engine's rows name no process, so they count only within a prediction
//   mps-, metal-gpu-…     of the process
// Loading, compiling and preparing are no computing.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "evidence/unit.h"
#include "evidence/verdict.h"

namespace seben::evidence {

struct TraceOptions {
  std::string process;            ///< its name; may be empty when pid is given
  std::int64_t pid = 0;           ///< 0: any of that name
  std::vector<Unit> required;     ///< units that must have computed; empty: any one of them
  std::size_t min_intervals = 1;  ///< of each required unit, or of all together
  std::string window_subsystem = "dev.seben.proof";
};

/// An export that is in memory.
struct NamedText {
  std::string name;
  std::string_view text;
};

/// Status placement_markers_found, no_placement_markers, not_process_attached, or invalid_empty_or_failed_trace when an
/// export is no XML, ends early, or no table has a row. Files are read front to back in bounded memory. Error(usage)
/// without a process, Error(no_input) when a file cannot be read.
[[nodiscard]] Verdict analyse_trace_files(std::span<const std::string> paths, const TraceOptions& options);
[[nodiscard]] Verdict analyse_trace(std::span<const NamedText> exports, const TraceOptions& options);

}  // namespace seben::evidence
