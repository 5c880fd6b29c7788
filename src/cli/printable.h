// SPDX-License-Identifier: Apache-2.0
// Texts of others made safe for a terminal.
#pragma once

#include <string>
#include <utility>

namespace seben::cli {

/// One line that cannot drive a terminal: the name of a file may hold anything.
[[nodiscard]] inline std::string printable(std::string text) {
  for (char& c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F) c = ' ';
  }
  return text;
}

}  // namespace seben::cli
