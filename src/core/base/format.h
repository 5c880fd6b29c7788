// SPDX-License-Identifier: Apache-2.0
// Texts from a format and values: fmt's language, checked by the compiler, with fmt's machinery in one file only.
#pragma once

#include <fmt/core.h>

#include <string>
#include <string_view>

namespace seben::base {

[[nodiscard]] std::string format_text(fmt::string_view text, fmt::format_args values);

/// As fmt::format. Numbers, characters and texts only: other types would bring fmt's machinery along.
template <typename... Values>
[[nodiscard]] std::string format(fmt::format_string<Values...> text, Values&&... values) {
  return format_text(text, fmt::make_format_args(values...));
}

/// The values as `{}` writes them, `separator` between them.
template <typename Range>
[[nodiscard]] std::string join(const Range& values, std::string_view separator) {
  std::string text;
  for (const auto& value : values) {
    if (!text.empty()) text += separator;
    text += base::format("{}", value);
  }
  return text;
}

}  // namespace seben::base
