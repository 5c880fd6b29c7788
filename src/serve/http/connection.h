// SPDX-License-Identifier: Apache-2.0
// One connection: its requests read and answered until either side has enough.
#pragma once

#include <atomic>

#include "http/server.h"
#include "http/socket.h"

namespace seben::serve {

struct ConnectionPart {
  const ServerOptions& options;
  const Server::Handler& handler;
  const Server::Refuse& refuse;
  const std::atomic<bool>& stopping;
};

/// Returns when the connection is over; nothing is thrown.
void serve_connection(Socket& socket, const std::string& peer, const ConnectionPart& part) noexcept;

}  // namespace seben::serve
