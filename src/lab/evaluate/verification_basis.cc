// SPDX-License-Identifier: Apache-2.0
#include "evaluate/verification_basis.h"

#include <fmt/format.h>

#include <filesystem>
#include <set>

#include "seben/error.h"
#include "text/nko/metrics.h"

namespace seben::pipeline {

std::string recording_identity(const std::string& path) {
  std::error_code failed;
  const auto real = std::filesystem::weakly_canonical(path, failed);
  return failed ? path : real.string();
}

bundle::Basis basis_of(const std::vector<EvalRow>& rows, double reference_cer) {
  std::set<std::string> seen;
  bundle::Basis basis;
  for (const EvalRow& row : rows) {
    if (!seen.insert(recording_identity(row.audio)).second) continue;
    basis.characters += nko::count_edits(row.reference, row.reference, nko::Unit::code_point).reference;
  }
  basis.recordings = static_cast<std::int64_t>(seen.size());
  basis.reference_cer = reference_cer;
  return basis;
}

void require_enough(const std::vector<EvalRow>& rows, const bundle::BasisLimits& limits) {
  bundle::require_sound(limits, "what a gate rests on");
  const bundle::Basis basis = basis_of(rows, 0.0);
  if (basis.recordings >= limits.recordings && basis.characters >= limits.characters) return;
  throw Error(ErrorCategory::incomplete, "manifest",
              fmt::format("at least {} recordings with {} characters of text, or --min-recordings and --min-characters "
                          "that say that fewer are enough",
                          limits.recordings, limits.characters),
              fmt::format("{} with {}", basis.recordings, basis.characters));
}

}  // namespace seben::pipeline
