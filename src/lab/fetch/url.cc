// SPDX-License-Identifier: Apache-2.0
#include "fetch/url.h"

#include <algorithm>
#include <cstddef>

namespace seben::fetch {
namespace {

constexpr std::size_t kLongest = 8192;

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
bool is_alnum(char c) noexcept { return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z'); }

std::string lowered(std::string_view text) {
  std::string copy(text);
  std::ranges::transform(copy, copy.begin(), lower);
  return copy;
}

bool is_host(std::string_view host) {
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    return std::ranges::all_of(host.substr(1, host.size() - 2),
                               [](char c) { return is_alnum(c) || c == ':' || c == '.'; });
  }
  return !host.empty() &&
         std::ranges::all_of(host, [](char c) { return is_alnum(c) || c == '.' || c == '-' || c == '_'; });
}

}  // namespace

bool Url::is_loopback() const noexcept {
  return host == "localhost" || host == "[::1]" ||
         (host.starts_with("127.") && std::ranges::all_of(host, [](char c) { return is_digit(c) || c == '.'; }));
}

std::string Url::file_name() const {
  const std::string_view plain = std::string_view(path).substr(0, path.find_first_of("?#"));
  return std::string(plain.substr(plain.rfind('/') + 1));
}

bool looks_like_url(std::string_view text) noexcept { return text.find("://") != std::string_view::npos; }

std::optional<Url> parse_url(std::string_view text) {
  const auto is_odd = [](char c) { return c <= 0x20 || c >= 0x7F || c == '\\' || c == '"' || c == '<' || c == '>'; };
  const std::size_t mark = text.find("://");
  if (text.size() > kLongest || mark == std::string_view::npos || std::ranges::any_of(text, is_odd))
    return std::nullopt;
  Url url;
  url.scheme = lowered(text.substr(0, mark));
  if (url.scheme != "http" && url.scheme != "https") return std::nullopt;
  const std::string_view rest = text.substr(mark + 3);
  const std::size_t end = std::min(rest.find_first_of("/?#"), rest.size());
  std::string_view authority = rest.substr(0, end);
  const std::size_t colon = authority.rfind(':');
  url.port = url.scheme == "https" ? "443" : "80";
  if (colon != std::string_view::npos && authority.find(']', colon) == std::string_view::npos) {
    const std::string_view port = authority.substr(colon + 1);
    if (port.empty() || port.size() > 5 || !std::ranges::all_of(port, is_digit)) return std::nullopt;
    url.port = port;
    authority = authority.substr(0, colon);
  }
  if (!is_host(authority)) return std::nullopt;  // an '@' is no part of a host either
  url.host = lowered(authority);
  url.path =
      end < rest.size() && rest[end] == '/' ? std::string(rest.substr(end)) : "/" + std::string(rest.substr(end));
  return url;
}

std::string percent_encoded(std::string_view path) {
  std::string text;
  for (const char c : path) {
    if (is_alnum(c) || c == '-' || c == '.' || c == '_' || c == '~' || c == '/') {
      text += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      text += '%';
      text += "0123456789ABCDEF"[byte >> 4];
      text += "0123456789ABCDEF"[byte & 0xF];
    }
  }
  return text;
}

}  // namespace seben::fetch
