// SPDX-License-Identifier: Apache-2.0
// Renaming with a promise about what was there, which rename() alone does not give.
#pragma once

#include <string>

namespace seben::base {

/// Gives `from` the name `to` unless there is something of that name; 0 or an errno, EEXIST among them.
[[nodiscard]] int rename_new(const std::string& from, const std::string& to) noexcept;

/// Swaps the names of two things, at once where the system can; 0 or an errno, and then both are as they were. `spare`
/// is a free name beside them, for systems that cannot.
[[nodiscard]] int exchange(const std::string& a, const std::string& b, const std::string& spare) noexcept;

}  // namespace seben::base
