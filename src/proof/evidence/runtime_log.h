// SPDX-License-Identifier: Apache-2.0
// The log of a test run on a device: were tests executed, did they pass, is the marker there once and within bounds,
// and does no line show a failure that is known to be one.
#pragma once

#include <string>
#include <string_view>

#include "evidence/marker.h"
#include "evidence/verdict.h"

namespace seben::evidence {

struct RuntimeLogOptions {
  MarkerThresholds marker;
  /// "Error locating DeviceSupport directory" is printed by some Xcode versions before tests that run nevertheless.
  /// With this set it is reported without being fatal; by default it is fatal like every other known failure.
  bool tolerate_device_support_line = false;
};

/// Status runtime_proven, or in this order fatal_pattern, tests_failed, no_tests_executed, log_incomplete,
/// marker_missing, marker_invalid, threshold_exceeded; unknown_output when the log is empty.
/// `name` is what findings call it. The order of lines does not matter (test_counts.h).
[[nodiscard]] Verdict analyse_runtime_log(std::string_view log, const std::string& name,
                                          const RuntimeLogOptions& options = {});

/// The same for a file. Error(no_input) when it cannot be read; what it holds is never an error.
[[nodiscard]] Verdict analyse_runtime_log_file(const std::string& path, const RuntimeLogOptions& options = {});

}  // namespace seben::evidence
