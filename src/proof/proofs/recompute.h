// SPDX-License-Identifier: Apache-2.0
// A proof made once more, from the bundle and the recording that it names, and compared with the one that lies there:
// what its files alone cannot show, since whoever forges one can make them fit each other.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "proofs/proof.h"

namespace seben::proof {

/// Where everything comes from.
struct Origin {
  std::string bundle, audio;
  std::string packages;  ///< of a proof of packages that were not exported for it
  std::string runner;    ///< of a proof whose packages a command executed: that command
  int threads = 1;
  /// As RunOptions'.
  std::function<void(const std::string& what, double done, double total)> progress = {};
};

/// What differs, one line each; empty when the proof is what bundle and recording give: every file of bundle.json, the
/// samples, the log-mel, every stage of the encoder, features, logits and texts of the reference and of every mode.
/// Tensors may differ by what the gates of f32 (of the mode, where its arithmetic is coarser) allow: another processor
/// rounds otherwise. Evidence of a device stays what was brought back. Error(no_input) without bundle or recording,
/// Error(usage) when packages or runner are missing or not the proof's.
[[nodiscard]] std::vector<std::string> recompute(const std::string& folder, const Proof& proof, const Origin& origin);

}  // namespace seben::proof
