// SPDX-License-Identifier: Apache-2.0
// Makes a proof: preflight, fixture, reference, every mode, conclusions.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "proofs/proof.h"

namespace seben::proof {

struct RunOptions {
  std::string bundle, audio, out;
  Target target = Target::native;
  /// Native: default all that the bundle admits. Packages: styles to export, default fp32 and fp16.
  std::vector<std::string> modes;
  std::string stages;    ///< "" every layer alone (packages: device-safe), "device-safe", or a list
  std::string packages;  ///< packages that exist, a folder with plan.json, instead of exported ones
  std::string runner;    ///< command that executes packages instead of the interpreter (deploy/runner.h)
  std::string gates;     ///< file instead of the built-in one
  std::int64_t repetitions = 5;
  int threads = 1;
  std::optional<std::uint64_t> min_free;  ///< bytes; default: the gates' figure
  /// What is being done and how much of all; may throw to stop.
  std::function<void(const std::string& what, double done, double total)> progress;
  std::function<void(const std::string& step, bool reused)> on_step;
};

/// Writes the proof into `out`, which must be new, empty, or belong to the same request: what is there and fits is not
/// done again. The disk guard is Error(io); a bundle without what a proof needs, or a mode that no gate admitted, is
/// Error(incomplete). The result may have failed its gates: `passed` says so. While it runs, and when it was
/// interrupted, the folder holds a file UNFINISHED.
[[nodiscard]] Proof run(const RunOptions& options);

}  // namespace seben::proof
