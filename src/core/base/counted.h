// SPDX-License-Identifier: Apache-2.0
// "1 file", "2 files".
#pragma once

#include <string>
#include <string_view>

namespace seben::base {

template <typename Number>
[[nodiscard]] std::string counted(Number number, std::string_view one) {
  return std::to_string(number) + " " + std::string(one) + (number == 1 ? "" : "s");
}

}  // namespace seben::base
