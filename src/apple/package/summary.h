// SPDX-License-Identifier: Apache-2.0
// What `seben inspect` says about a package.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "package/package.h"

namespace seben::coreml {

/// Interface, operators by type, parameter bytes by dtype as stored, largest constants, multiply-adds, digests,
/// metadata, and every constant of the weight file with its SHA-256. The weight file's own digest is verified: Error(
/// bad_data).
[[nodiscard]] nlohmann::ordered_json summarise(const Package& package);
/// The same for people, without the list of constants.
[[nodiscard]] std::string summary_text(const nlohmann::ordered_json& summary);

}  // namespace seben::coreml
