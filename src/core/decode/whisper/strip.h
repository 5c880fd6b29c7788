// SPDX-License-Identifier: Apache-2.0
// White space at the ends of a text.
#pragma once

#include <string_view>

namespace seben::generate {

/// Without white space at its ends: what Unicode calls so, and U+001C to U+001F, as Python's str.strip.
[[nodiscard]] std::string_view strip(std::string_view text) noexcept;

}  // namespace seben::generate
