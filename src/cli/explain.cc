// SPDX-License-Identifier: Apache-2.0
#include "cli/explain.h"

#include <fmt/format.h>

#include "cli/code_points.h"
#include "cli/output.h"

namespace seben::cli {
namespace {

std::string what(const TextEdit& edit) {
  if (edit.from.empty()) return "adds " + code_points(edit.to);
  if (edit.to.empty()) return "drops " + code_points(edit.from);
  return code_points(edit.from) + " to " + code_points(edit.to);
}

}  // namespace

void explain(const std::string& name, const Corrections& corrections) {
  if (corrections.edits.empty()) {
    print_err("seben: {}: COPY: no acceptable candidate ({} mode)", name, corrections.mode);
  }
  for (const TextEdit& edit : corrections.edits) {
    std::string reasons;
    for (const EditReason& r : edit.reasons) {
      reasons += fmt::format("{}{} {:.3g} ({:+.2f})", reasons.empty() ? "" : ", ", r.feature, r.value, r.contribution);
    }
    print_err("seben: {}: {} {} at {:.2f}-{:.2f} s, probability {:.3f}, CTC gain {:+.2f}: {}", name, edit.kind,
              what(edit), edit.start, edit.end, edit.probability, edit.gain, reasons);
  }
}

}  // namespace seben::cli
