// SPDX-License-Identifier: Apache-2.0
#include "http/header_value.h"

#include <algorithm>

namespace seben::serve {
namespace {

// After the opening quote; nothing without a closing one. A backslash stands for itself before anything but a quote and
// itself: browsers send paths of Windows that way.
std::optional<std::string> read_quoted(std::string_view& rest) {
  std::string out;
  while (!rest.empty()) {
    char c = rest.front();
    rest.remove_prefix(1);
    if (c == '"') return out;
    if (c == '\\' && !rest.empty() && (rest.front() == '"' || rest.front() == '\\')) {
      c = rest.front();
      rest.remove_prefix(1);
    }
    out += c;
  }
  return std::nullopt;
}

std::string_view take_until(std::string_view& rest, std::string_view ends) {
  const std::string_view taken = rest.substr(0, std::min(rest.find_first_of(ends), rest.size()));
  rest.remove_prefix(taken.size());
  return trimmed(taken);
}

}  // namespace

std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t from = std::min(text.find_first_not_of(" \t"), text.size());
  const std::size_t to = text.find_last_not_of(" \t");
  return to == std::string_view::npos ? std::string_view() : text.substr(from, to - from + 1);
}

const std::string* HeaderValue::parameter(std::string_view name) const noexcept {
  const auto found = std::ranges::find_if(parameters, [&](const auto& p) { return p.first == name; });
  return found == parameters.end() ? nullptr : &found->second;
}

std::optional<HeaderValue> parse_header_value(std::string_view rest) {
  HeaderValue out;
  out.word = lower_case(take_until(rest, ";"));
  if (out.word.empty()) return std::nullopt;
  while (!rest.empty()) {
    rest.remove_prefix(1);  // the semicolon
    const std::string name = lower_case(take_until(rest, "=;"));
    if (name.empty() && rest.empty()) break;  // one at the end
    if (name.empty() || rest.empty() || rest.front() != '=') return std::nullopt;
    rest.remove_prefix(1);
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
    std::string value;
    if (rest.starts_with('"')) {
      rest.remove_prefix(1);
      auto quoted = read_quoted(rest);
      if (!quoted || !take_until(rest, ";").empty()) return std::nullopt;
      value = *std::move(quoted);
    } else {
      value = std::string(take_until(rest, ";"));
    }
    if (name.ends_with('*')) continue;
    if (out.parameter(name) != nullptr) return std::nullopt;
    out.parameters.emplace_back(name, std::move(value));
  }
  return out;
}

bool has_word(std::string_view list, std::string_view word) {
  const std::string wanted = lower_case(word);
  while (!list.empty()) {
    if (lower_case(take_until(list, ",")) == wanted) return true;
    if (!list.empty()) list.remove_prefix(1);
  }
  return false;
}

}  // namespace seben::serve
