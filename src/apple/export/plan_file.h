// SPDX-License-Identifier: Apache-2.0
// plan.json beside exported packages: what they are and in which order they run.
#pragma once

#include <string>
#include <vector>

#include "export/export.h"

namespace seben::deploy {

[[nodiscard]] std::string plan_text(const std::vector<ExportedPackage>& packages);
/// Error(bad_data) names what is missing or mistyped; files must be names inside of the folder.
[[nodiscard]] std::vector<ExportedPackage> parse_plan(std::string_view text, const std::string& source);

}  // namespace seben::deploy
