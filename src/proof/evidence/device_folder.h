// SPDX-License-Identifier: Apache-2.0
// The evidence folder that a harness brings back from a device (docs/harness.md), judged as one thing: is it whole, do
// its files agree with each other, and what does each analyser say of its part?
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "evidence/device_files.h"
#include "evidence/device_run.h"
#include "evidence/runtime_log.h"
#include "evidence/verdict.h"

namespace seben::evidence {

struct DeviceOptions {
  /// Bounds of errors and counts. Run, plan, fixtures and stages that the marker must name are those of the folder.
  RuntimeLogOptions log;
  /// The bounds are those of a reference whose mean square is 1; they grow with that of chain.json's outputs.
  bool bounds_of_mean_square_1 = true;
  std::uint64_t min_free_bytes = std::uint64_t{2} << 30;
};

struct JudgedPlan {
  std::string file;           ///< below the folder
  std::string package;        ///< "stage-00-convpos.mlpackage"
  std::string compute_units;  ///< asked for
  Verdict verdict;
};

struct DeviceEvidence {  // NOLINT(bugprone-exception-escape): as Verdict
  Verdict whole;         ///< analyser "evidence": files, digests, and whether they contradict each other
  std::optional<DeviceRun> run;
  std::optional<DeviceChain> chain;
  std::optional<DeviceDetails> details;
  std::optional<ProofMarker> marker;
  std::string plan_digest;           ///< SHA-256 of proof/plan.json as it lies there
  std::string encoder_digest;        ///< of proof/fixtures.json
  std::optional<Verdict> preflight;  ///< none of a Mac that tested itself
  std::optional<Verdict> log;
  std::optional<Verdict> trace;  ///< when one was asked for
  std::vector<JudgedPlan> plans;
  std::vector<std::string> traces;  ///< exported tables, below the folder

  /// Every verdict passes, and none that is needed is missing.
  [[nodiscard]] bool passed() const;
};

/// Fails closed: whatever is missing, added, cut off or contradicts is a finding, never an error. Links are not
/// followed. Files of a bulky kind (is_bulky) may be absent. Error(no_input) when there is no such folder.
[[nodiscard]] DeviceEvidence read_device_evidence(const std::string& folder, const DeviceOptions& options = {});

/// All verdicts as one: the status of the first that does not pass, in the order in which they are listed above.
[[nodiscard]] Verdict conclude(const DeviceEvidence& evidence);

}  // namespace seben::evidence
