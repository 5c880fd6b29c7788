// SPDX-License-Identifier: Apache-2.0
// JSON in which one object has tens of thousands of members, such as a vocabulary: those are a list, not a tree.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"

namespace seben::base {

/// Members in the order of the text.
using FlatMembers = std::vector<std::pair<std::string, nlohmann::json>>;

/// As parse_json, but the members of the object `name` of the object `parent` of the outermost one are in `members`,
/// and the value holds an empty object in their place.
[[nodiscard]] nlohmann::json parse_json_flat(std::string_view text, const std::string& source, const JsonLimits& limits,
                                             std::string_view parent, std::string_view name, FlatMembers& members);

}  // namespace seben::base
