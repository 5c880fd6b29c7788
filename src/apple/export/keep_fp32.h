// SPDX-License-Identifier: Apache-2.0
// Which operators of an fp16 program have to stay in fp32 for the gates to hold.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "export/export.h"
#include "export/verify.h"

namespace seben::deploy {

struct KeepTrial {
  std::set<std::string, std::less<>> kept;
  std::size_t failing = 0;  ///< parts beyond the gates
  std::int64_t changed_classes = 0;
  std::int64_t changed_texts = 0;
  double mse = 0.0;  ///< the largest of all parts
};

struct KeepSearch {
  std::vector<KeepTrial> trials;
  bool holds = false;                       ///< whether the last choice passes
  std::set<std::string, std::less<>> kept;  ///< the smallest list found
};

/// Exports the parts of `options` to a temporary folder in fp16, verifies them by the interpreter, and keeps one more
/// operator type in fp32, the one that helps most, until every part holds or nothing helps. Error(usage) unless the
/// style computes in fp16.
[[nodiscard]] KeepSearch find_kept_fp32(const Source& source, const ExportOptions& options, const VerifyOptions& verify,
                                        const std::function<void(const KeepTrial&)>& progress = {});

}  // namespace seben::deploy
