// SPDX-License-Identifier: Apache-2.0
// Listens, and has each connection's requests answered, one after the other, by a thread of its own.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "http/message.h"

namespace seben::serve {

struct ServerOptions {
  std::string address = "127.0.0.1";  ///< an IPv4 or IPv6 address
  std::uint16_t port = 0;             ///< 0: any that is free
  std::size_t connections = 256;      ///< more are answered 503
  std::uint32_t header_bytes = 8192;
  std::chrono::milliseconds header_time{10'000};  ///< for all of a request's head
  std::chrono::milliseconds idle_time{60'000};    ///< between requests
  std::chrono::milliseconds body_time{30'000};    ///< without a byte of the body
  std::chrono::milliseconds write_time{30'000};   ///< until the client takes some of the answer
};

class Server {
 public:
  using Handler = std::function<void(Exchange&)>;
  /// What is answered when the transport itself refuses: an error in the form that all others have.
  using Refuse = std::function<Response(int status, const std::string& why)>;

  /// Listens at once. Error(usage) for what is no address, Error(io) where it cannot be listened to.
  Server(const ServerOptions& options, Handler handler, Refuse refuse);
  ~Server();

  [[nodiscard]] std::uint16_t port() const noexcept;
  [[nodiscard]] std::size_t connections() const noexcept;
  /// Nothing new is taken; connections without a request end, others after it.
  void stop_accepting() noexcept;
  /// Whether all connections ended within the time.
  [[nodiscard]] bool wait_for_end(std::chrono::milliseconds time);
  /// Ends what still waits for a client. What computes sees its client gone.
  void cut() noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace seben::serve
