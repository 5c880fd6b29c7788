// SPDX-License-Identifier: Apache-2.0
// Waits for a device that can be launched on, then starts the run.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace seben::proof {

struct WatchOptions {
  /// Run by the shell for each attempt, with SEBEN_PROBE naming an empty folder: every file that it leaves there is an
  /// output of one tool (probe.h); when it leaves none, what it prints on standard output is.
  std::string probe;
  std::vector<std::string> run;  ///< program and arguments, started once
  std::string device;            ///< as evidence::PreflightOptions
  std::int64_t attempts = 10;
  double interval_seconds = 15.0;  ///< before the second attempt
  double backoff = 1.5;            ///< each further wait is this much longer
  double max_interval_seconds = 600.0;
  double probe_timeout_seconds = 120.0;
  std::uint64_t min_free_bytes = std::uint64_t{2} << 30;
  std::function<void(const std::string& line)> record;  ///< one JSON object a line: every attempt, then the run
};

/// The exit code of the run (128 + signal when one ended it, 127 without such a program). Error(device_blocked) when no
/// attempt found a launchable device, Error(usage) for impossible figures, Error(io) when nobody can tell how the run
/// ended.
[[nodiscard]] int watch(const WatchOptions& options);

}  // namespace seben::proof
