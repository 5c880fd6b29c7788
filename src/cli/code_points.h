// SPDX-License-Identifier: Apache-2.0
// A text as the numbers of its code points.
#pragma once

#include <fmt/format.h>

#include <string>

#include "text/nko/utf8.h"

namespace seben::cli {

/// "U+07CA U+07F2": what no terminal turns around; "nothing" for an empty text.
[[nodiscard]] inline std::string code_points(const std::string& text) {
  std::string out;
  for (const char32_t c : nko::decode_utf8(text, "symbol")) {
    out += fmt::format("{}U+{:04X}", out.empty() ? "" : " ", static_cast<std::uint32_t>(c));
  }
  return out.empty() ? "nothing" : out;
}

}  // namespace seben::cli
