// SPDX-License-Identifier: Apache-2.0
// Does a proof's folder hold together? Everything is computed again from the evidence; the summary is only compared.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "proofs/proof.h"

namespace seben::proof {

struct Audit {                        // NOLINT(bugprone-exception-escape): as Proof
  std::vector<std::string> problems;  ///< one line each; empty: everything agrees
  std::optional<Proof> proof;         ///< when there are no problems

  /// Nothing differs, and the proof that it is passes its gates.
  [[nodiscard]] bool passed() const { return problems.empty() && proof && proof->passed; }
};

/// Never throws for what the folder holds; Error(no_input) when there is no such folder.
[[nodiscard]] Audit audit(const std::string& folder);

}  // namespace seben::proof
