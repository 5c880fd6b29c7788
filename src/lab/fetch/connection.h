// SPDX-License-Identifier: Apache-2.0
// One request and its answer, without redirects, tries or judgement: all that libcurl is used for.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace seben::fetch {

struct HttpResponse {
  long status = 0;
  std::map<std::string, std::string, std::less<>> headers;  ///< names in lower case; of several the last
  std::string location;                                     ///< of a redirect, absolute; empty without one

  /// Empty when there is none.
  [[nodiscard]] std::string header(std::string_view name) const {
    const auto it = headers.find(name);
    return it == headers.end() ? std::string() : it->second;
  }
};

struct HttpRequest {
  std::string url;
  bool head = false;
  std::vector<std::string> headers;                         ///< "Name: value"
  std::function<void(const HttpResponse&)> on_head;         ///< status and headers, before the body
  std::function<bool(std::span<const std::byte>)> on_body;  ///< false: the rest is of no interest
};

/// No answer, or not the whole of it. The text says why.
class NoAnswer : public std::runtime_error {
 public:
  enum class Hope {
    none,         ///< another try would end as this one
    unreachable,  ///< nobody there, or no network: of use only when there was one a moment ago
    good,
  };
  NoAnswer(const std::string& why, Hope hope) : std::runtime_error(why), hope_(hope) {}
  [[nodiscard]] Hope hope() const noexcept { return hope_; }

 private:
  Hope hope_;
};

/// Kept open from request to request. Proxies are those of the environment (http_proxy, https_proxy, all_proxy,
/// no_proxy); certificates are checked by the system's.
class Connection {
 public:
  /// Error(kUnavailable) when this program was built without the network. A connection that brings less than 100 bytes
  /// a second for `stall_seconds` is given up.
  explicit Connection(int stall_seconds);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  /// Throws NoAnswer, base::Interrupted, and whatever the callbacks throw.
  HttpResponse perform(const HttpRequest& request);

 private:
  struct Handle;
  std::unique_ptr<Handle> handle_;
};

}  // namespace seben::fetch
