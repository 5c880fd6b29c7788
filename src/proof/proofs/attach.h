// SPDX-License-Identifier: Apache-2.0
// Puts the evidence that a harness brought back from a device (docs/harness.md) into a proof of packages.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "proofs/proof.h"

namespace seben::proof {

struct AttachOptions {
  std::string proof;     ///< a finished proof of packages
  std::string evidence;  ///< the evidence folder
  bool replace = false;  ///< evidence that was attached before
  std::uint64_t most_bytes = std::uint64_t{4} << 30;
  /// Bytes copied and to be copied; may throw to stop.
  std::function<void(std::uint64_t done, std::uint64_t total)> progress = {};
};

/// Copies the evidence below device/ (recordings, result bundles and attachments stay behind: their digests were
/// compared and are listed), judges it, and concludes the proof anew. Evidence that is not whole, not good or not of
/// these packages is taken in too: its gates do not hold, and the proof no longer passes. Error(usage) for a proof of
/// the engine, and when there is evidence already; Error(incomplete) for a proof whose audit finds problems, for links,
/// and for recordings that are not as listed; Error(io) beyond `most_bytes` or without room. An attachment that was
/// interrupted leaves UNFINISHED; the same call begins it again.
[[nodiscard]] Proof attach(const AttachOptions& options);

}  // namespace seben::proof
