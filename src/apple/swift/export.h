// SPDX-License-Identifier: Apache-2.0
// A Swift package that corrects as Seben does: the sources of swift/Template, the frozen model, and rows on which the
// package's own tests compare the two (docs/swift.md).
#pragma once

#include <cstdint>
#include <string>

#include "correct/ranker.h"
#include "swift/agreement_rows.h"
#include "text/nko/vocabulary.h"

namespace seben::swift {

struct ExportSummary {
  std::int64_t files = 0;
  std::int64_t rows = 0;
  std::int64_t candidates = 0;   ///< of the rows
  std::int64_t corrected = 0;    ///< rows whose text some mode changes
  std::int64_t slow_scores = 0;  ///< of the rows, from the pass in log space
};

/// What is frozen into a package. `arpa`: the text of the language model that the ranker was fitted with, "" without.
struct FrozenParts {
  correction::Ranker ranker;
  nko::Vocabulary vocabulary;
  std::string arpa;
};

/// Writes the package as the new folder `directory`, whole or not at all. Error(io) when it exists already,
/// Error(bad_data) for a language model that is not the one that the ranker was fitted with.
ExportSummary export_package(const FrozenParts& parts, const std::string& directory,
                             const AgreementOptions& options = {});

}  // namespace seben::swift
