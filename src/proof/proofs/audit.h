// SPDX-License-Identifier: Apache-2.0
// Does a proof's folder hold together, and is it what its bundle and its recording give? The summary is only compared.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "proofs/proof.h"
#include "proofs/recompute.h"

namespace seben::proof {

struct Audit {                        // NOLINT(bugprone-exception-escape): as Proof
  std::vector<std::string> problems;  ///< one line each; empty: everything agrees
  std::optional<Proof> proof;         ///< when there are no problems

  /// Nothing differs, and Seben's own gates hold. Whether that is a proof says proof->standing().
  [[nodiscard]] bool passed() const { return problems.empty() && proof && proof->passed; }
};

/// What the files say of each other: at most consistent. Never throws for what the folder holds; Error(no_input) when
/// there is no such folder.
[[nodiscard]] Audit audit(const std::string& folder);
/// And then everything again from the bundle and the recording (recompute.h): only this ends in a proof.
[[nodiscard]] Audit audit(const std::string& folder, const Origin& origin);

}  // namespace seben::proof
