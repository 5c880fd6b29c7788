// SPDX-License-Identifier: Apache-2.0
// Editors and spreadsheets of Windows begin a UTF-8 file with U+FEFF, which is no part of its text.
#pragma once

#include <string_view>

namespace seben::base {

[[nodiscard]] constexpr std::string_view without_byte_order_mark(std::string_view text) noexcept {
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  return text.starts_with(kMark) ? text.substr(kMark.size()) : text;
}

}  // namespace seben::base
