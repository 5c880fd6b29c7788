// SPDX-License-Identifier: Apache-2.0
#include "http/access.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

#include "http/header_value.h"

namespace seben::serve {
namespace {

constexpr std::string_view kKeyProtocol = "openai-insecure-api-key.";

// Without the port, and without the brackets of an IPv6 address.
std::string name_of_host(std::string_view host) {
  if (host.starts_with('[')) return std::string(host.substr(1, std::max<std::size_t>(host.find(']'), 1) - 1));
  return lower_case(host.substr(0, host.find(':')));
}

bool is_address(const std::string& name) {
  std::array<unsigned char, 16> bytes;
  return ::inet_pton(AF_INET, name.c_str(), bytes.data()) == 1 ||
         ::inet_pton(AF_INET6, name.c_str(), bytes.data()) == 1;
}

}  // namespace

bool equal_secrets(std::string_view known, std::string_view given) noexcept {
  if (known.empty()) return false;
  unsigned differs = known.size() == given.size() ? 0U : 1U;
  for (std::size_t i = 0; i < given.size(); ++i) {
    differs |= static_cast<unsigned>(static_cast<unsigned char>(given[i]) ^
                                     static_cast<unsigned char>(known[i % known.size()]));
  }
  return differs == 0;
}

std::string key_of(const Request& request) {
  if (const std::string* value = request.header("authorization")) {
    const std::size_t space = value->find(' ');
    if (space == std::string::npos || lower_case(value->substr(0, space)) != "bearer") return {};
    return std::string(trimmed(std::string_view(*value).substr(space)));
  }
  const std::string* protocols = request.header("sec-websocket-protocol");
  if (protocols == nullptr) return {};
  const std::size_t at = protocols->find(kKeyProtocol);
  if (at == std::string::npos) return {};
  const std::string_view rest = std::string_view(*protocols).substr(at + kKeyProtocol.size());
  return std::string(trimmed(rest.substr(0, rest.find(','))));
}

bool has_key(const AccessRules& rules, const Request& request) {
  return rules.key.empty() || equal_secrets(rules.key, key_of(request));
}

bool host_is_known(const AccessRules& rules, const Request& request) {
  const std::string* host = request.header("host");
  if (host == nullptr) return true;  // HTTP/1.0: no browser
  const std::string name = name_of_host(*host);
  return name == "localhost" || is_address(name) || std::ranges::find(rules.hosts, name) != rules.hosts.end();
}

bool origin_is_known(const AccessRules& rules, const Request& request) {
  const std::string* origin = request.header("origin");
  if (origin == nullptr) return true;
  const std::string* host = request.header("host");
  if (host != nullptr && (*origin == "http://" + *host || *origin == "https://" + *host)) return true;
  return !foreign_origin(rules, request).empty();
}

std::string foreign_origin(const AccessRules& rules, const Request& request) {
  const std::string* origin = request.header("origin");
  if (origin == nullptr || std::ranges::find(rules.origins, *origin) == rules.origins.end()) return {};
  return *origin;
}

}  // namespace seben::serve
