// SPDX-License-Identifier: Apache-2.0
// Who may ask: keys, and the Host and Origin that browsers send.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "http/message.h"

namespace seben::serve {

/// In a time that depends on `given` alone, not on where the two differ.
[[nodiscard]] bool equal_secrets(std::string_view known, std::string_view given) noexcept;

/// The key of `Authorization: Bearer KEY`, or of the WebSocket subprotocol `openai-insecure-api-key.KEY`, the only way
/// in which a page can send one; empty without.
[[nodiscard]] std::string key_of(const Request& request);

struct AccessRules {
  std::string key;                   ///< empty: none is asked for
  std::vector<std::string> hosts;    ///< names, besides addresses and localhost, that the server answers to
  std::vector<std::string> origins;  ///< of pages elsewhere that may use it ("https://example.org")
};

[[nodiscard]] bool has_key(const AccessRules& rules, const Request& request);
/// A page of another site cannot reach the server by a name that it makes point here (DNS rebinding).
[[nodiscard]] bool host_is_known(const AccessRules& rules, const Request& request);
/// No Origin (no browser), the server's own, or one of the rules'.
[[nodiscard]] bool origin_is_known(const AccessRules& rules, const Request& request);
/// The Origin, where it is one of the rules': for the headers of CORS. Empty otherwise.
[[nodiscard]] std::string foreign_origin(const AccessRules& rules, const Request& request);

}  // namespace seben::serve
