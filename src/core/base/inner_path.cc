// SPDX-License-Identifier: Apache-2.0
#include "base/inner_path.h"

#include <algorithm>

namespace seben::base {

bool is_inner_path(std::string_view path, std::size_t most) noexcept {
  const auto odd = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '\\' || c == 0x7F; };
  if (path.empty() || path.size() > most || std::ranges::any_of(path, odd)) return false;
  while (true) {
    const std::size_t slash = path.find('/');
    const std::string_view part = path.substr(0, slash);
    if (part.empty() || part == "." || part == "..") return false;
    if (slash == std::string_view::npos) return true;
    path.remove_prefix(slash + 1);
  }
}

}  // namespace seben::base
