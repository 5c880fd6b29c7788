// SPDX-License-Identifier: Apache-2.0
// Utterances on which the exported Swift package must do what Seben does: drawn from seeds, with what Seben found.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "correct/corrector.h"
#include "swift/seeded_log_probs.h"

namespace seben::swift {

struct AgreementOptions {
  std::int64_t rows = 1000;
  std::uint64_t seed = 1;
};

struct AgreementRows {
  std::string lines;  ///< a JSON object a line, which AgreementTests.swift documents
  std::int64_t rows = 0;
  std::int64_t candidates = 0;   ///< of all rows
  std::int64_t corrected = 0;    ///< rows whose text some mode changes
  std::int64_t slow_scores = 0;  ///< that came from the pass in log space
};

/// Texts of the vocabulary with errors that the ranker's confusions know, on frames that are sharp, blurred, too few,
/// or against the text. A row whose ranks, choice or decision would hang on less than 1e-7 is drawn anew.
[[nodiscard]] AgreementRows make_agreement_rows(const correction::Corrector& corrector,
                                                const AgreementOptions& options);

}  // namespace seben::swift
