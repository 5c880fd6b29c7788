// SPDX-License-Identifier: Apache-2.0
// How often each client may ask (decision 70), and who a client is behind a proxy.
#pragma once

#include <chrono>
#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "http/message.h"

namespace seben::serve {

/// As sockets have it; IPv4 that came through IPv6 as IPv4. Nothing for what is no address.
[[nodiscard]] std::optional<std::string> canonical_address(const std::string& text);
/// The address that the client is counted by: its own, or, where that is one of `proxies` (canonical), the last one of
/// its X-Forwarded-For, which the proxy wrote. What stands before it the client may have invented.
[[nodiscard]] std::string client_of(const Request& request, const std::vector<std::string>& proxies);
/// What has one allowance: an IPv4 address, or the /64 of an IPv6 one, all of which one client has.
[[nodiscard]] std::string network_of(const std::string& address);

/// Thread-safe. A client may ask `a_minute` times at once, and then again as its allowance grows back, evenly within a
/// minute. What is refused costs nothing. Clients whose allowance is whole again are forgotten.
class RateLimit {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::size_t kMostClients = 65'536;

  /// 0: none is refused, and nothing is remembered.
  explicit RateLimit(std::size_t a_minute, std::size_t most_clients = kMostClients);

  /// Nothing when the client may ask, otherwise how long until it may. More clients than are remembered share one
  /// allowance until others are forgotten.
  [[nodiscard]] std::optional<std::chrono::milliseconds> ask(const std::string& client,
                                                             Clock::time_point now = Clock::now());
  /// Clients that are remembered.
  [[nodiscard]] std::size_t clients() const;

 private:
  void forget(Clock::time_point now);

  std::size_t a_minute_, most_clients_;
  Clock::duration each_{};  // how long a request takes to grow back
  mutable std::mutex mutex_;
  std::unordered_map<std::string, Clock::time_point> whole_at_;  // when the allowance is whole again
  Clock::time_point forgot_;
};

}  // namespace seben::serve
