// SPDX-License-Identifier: Apache-2.0
// What an analyser says about evidence that was brought back from a device. Everything fails closed: a verdict passes
// only when what has to be there was found, whole and without contradiction.
#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace seben::evidence {

/// The stable words of docs/evidence.md. Only `ready`, `runtime_proven`, `placement_markers_found`,
/// `compute_plan_read` and `evidence_whole` pass.
enum class Status : std::uint8_t {
  // preflight
  ready,
  disk_low,
  device_offline,
  not_paired,
  developer_mode_off,
  blocked_device_locked,
  device_support_missing,
  // runtime log
  runtime_proven,
  fatal_pattern,
  tests_failed,
  no_tests_executed,
  log_incomplete,
  marker_missing,
  marker_invalid,
  threshold_exceeded,
  // trace
  placement_markers_found,
  no_placement_markers,
  not_process_attached,
  invalid_empty_or_failed_trace,
  // compute plan
  compute_plan_read,
  compute_plan_invalid,
  // evidence folder
  evidence_whole,
  run_interrupted,
  run_failed,
  evidence_incomplete,
  evidence_altered,
  evidence_contradicts,
  // any: empty, truncated or of no known format
  unknown_output,
};

[[nodiscard]] std::string_view to_string(Status status) noexcept;
[[nodiscard]] bool passes(Status status) noexcept;

/// One thing that was noticed, for people: what it is, where it comes from as far as is known, what helps.
struct Finding {
  std::string kind;  ///< stable, such as "coreml.storage_reader_version"
  bool fatal = true;
  std::string explanation;  ///< one sentence
  std::string cause;        ///< the likely one; "" when there is nothing to guess
  std::string remedy;
  std::string file;       ///< name without folders; "" when it concerns no single file
  std::size_t line = 0;   ///< from 1; 0 when there is no line
  std::string quote;      ///< of that line or of the tool's word, by quote()
  std::size_t count = 1;  ///< how often it was seen
};

struct Verdict {         // NOLINT(bugprone-exception-escape): nlohmann's ordered objects may copy when they are moved
  std::string analyser;  ///< "preflight", "runtime_log", "trace", "compute_plan", "evidence"
  Status status = Status::unknown_output;
  bool passed = false;
  std::string reason;            ///< one sentence
  nlohmann::ordered_json facts;  ///< counts and names; the same input gives the same bytes
  std::vector<Finding> findings;

  /// Sets the three fields together. A passing status with a fatal finding is no pass: it becomes unknown_output.
  void conclude(Status status_, std::string reason_);
};

/// {"analyser", "version": 1, "status", "passed", "reason", "facts", "findings"}
[[nodiscard]] nlohmann::ordered_json to_json(const Verdict& verdict);

}  // namespace seben::evidence
