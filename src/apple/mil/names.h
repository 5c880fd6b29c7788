// SPDX-License-Identifier: Apache-2.0
// Names of values and operations.
#pragma once

#include <string>
#include <string_view>

namespace seben::mil {

/// [A-Za-z_][A-Za-z0-9_@]*, at most 512 characters, and no word that names a type.
[[nodiscard]] bool is_identifier(std::string_view name) noexcept;
/// `text` as an identifier: every other character becomes '_'.
[[nodiscard]] std::string to_identifier(std::string_view text);
/// `text` for a message: control and non-ASCII bytes as \xNN, shortened beyond 80 characters.
[[nodiscard]] std::string printable(std::string_view text);

}  // namespace seben::mil
