// SPDX-License-Identifier: Apache-2.0
// What a request line names: path and query, percent-decoded.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "http/message.h"

namespace seben::serve {

struct Target {
  std::string path;
  Fields query;
};

/// Nothing for what is no path, for a broken escape, a NUL or text that is not UTF-8.
[[nodiscard]] std::optional<Target> parse_target(std::string_view target);

}  // namespace seben::serve
