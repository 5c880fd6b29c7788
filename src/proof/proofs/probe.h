// SPDX-License-Identifier: Apache-2.0
// Outputs of Apple's tools, told apart by what they hold, so that nobody has to say which file is which.
#pragma once

#include <string>
#include <vector>

#include "evidence/preflight.h"

namespace seben::proof {

/// Puts each text into its place. What is of no known form counts as the output of a launch, which the analyser then
/// does not understand: it never helps. Error(usage) for two of the same kind.
[[nodiscard]] evidence::PreflightOutputs sort_outputs(const std::vector<std::string>& texts);
/// The same for files of at most 16 MiB each.
[[nodiscard]] evidence::PreflightOutputs sort_files(const std::vector<std::string>& paths);

}  // namespace seben::proof
