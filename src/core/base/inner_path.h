// SPDX-License-Identifier: Apache-2.0
// Paths that must stay inside a folder.
#pragma once

#include <string_view>

namespace seben::base {

/// Whether a path that came from outside stays inside the folder that it is joined to: relative, '/' between non-empty
/// parts, none of them "." or "..", no backslash and no control character, at most `most` bytes.
[[nodiscard]] bool is_inner_path(std::string_view path, std::size_t most) noexcept;

}  // namespace seben::base
