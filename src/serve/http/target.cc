// SPDX-License-Identifier: Apache-2.0
#include "http/target.h"

#include <algorithm>

#include "base/utf8.h"

namespace seben::serve {
namespace {

constexpr std::size_t kMostParameters = 64;

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<std::string> unescape(std::string_view text, bool plus_is_space) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '+' && plus_is_space) c = ' ';
    if (c == '%') {
      const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
      if (high < 0 || low < 0) return std::nullopt;
      c = static_cast<char>(high * 16 + low);
      i += 2;
    }
    if (c == '\0') return std::nullopt;
    out += c;
  }
  if (base::well_formed_prefix(out) != out.size()) return std::nullopt;
  return out;
}

}  // namespace

std::optional<Target> parse_target(std::string_view target) {
  if (!target.starts_with('/')) return std::nullopt;
  target = target.substr(0, target.find('#'));
  const std::size_t mark = target.find('?');
  auto path = unescape(target.substr(0, mark), false);
  if (!path) return std::nullopt;
  Target out{*std::move(path), {}};
  if (mark == std::string_view::npos) return out;
  std::string_view rest = target.substr(mark + 1);
  while (!rest.empty()) {
    const std::string_view one = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(rest.size(), one.size() + 1));
    if (one.empty()) continue;
    const std::size_t sign = one.find('=');
    auto name = unescape(one.substr(0, sign), true);
    auto value = unescape(sign == std::string_view::npos ? std::string_view() : one.substr(sign + 1), true);
    if (!name || !value || out.query.size() == kMostParameters) return std::nullopt;
    out.query.emplace_back(*std::move(name), *std::move(value));
  }
  return out;
}

}  // namespace seben::serve
