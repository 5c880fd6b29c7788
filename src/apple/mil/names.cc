// SPDX-License-Identifier: Apache-2.0
#include "mil/names.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "mil/dtype.h"

namespace seben::mil {
namespace {

bool is_letter(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_inner(char c) noexcept { return is_letter(c) || (c >= '0' && c <= '9') || c == '@'; }

bool is_type_word(std::string_view word) noexcept {
  constexpr std::array<std::string_view, 6> kWords{"tensor", "state", "list", "tuple", "dict", "unknown"};
  return parse_dtype(word).has_value() || std::ranges::find(kWords, word) != kWords.end();
}

}  // namespace

bool is_identifier(std::string_view name) noexcept {
  return !name.empty() && name.size() <= 512 && is_letter(name.front()) && std::ranges::all_of(name, is_inner) &&
         !is_type_word(name);
}

std::string to_identifier(std::string_view text) {
  std::string name;
  for (const char c : text) name += is_inner(c) && c != '@' ? c : '_';
  if (name.empty() || !is_letter(name.front()) || is_type_word(name)) name.insert(name.begin(), '_');
  return name.substr(0, 480);
}

std::string printable(std::string_view text) {
  std::string out;
  for (const char c : text.substr(0, 80)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7F) {
      out += c;
    } else {
      out += fmt::format("\\x{:02x}", byte);
    }
  }
  return text.size() > 80 ? out + "…" : out;
}

}  // namespace seben::mil
