// SPDX-License-Identifier: Apache-2.0
// One WebSocket connection, frames and control messages dealt with.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace seben::serve {

/// Of one thread.
class WebSocket {
 public:
  struct Message {
    bool binary = false;
    std::string data;
  };

  WebSocket() = default;
  WebSocket(const WebSocket&) = delete;
  WebSocket& operator=(const WebSocket&) = delete;
  virtual ~WebSocket() = default;

  /// The next whole message, waiting up to `time` for the socket to bring something; nothing when none is complete by
  /// then. Pings are answered meanwhile. When the client closes or breaks the protocol the socket is closed.
  [[nodiscard]] virtual std::optional<Message> read(std::chrono::milliseconds time) = 0;
  /// False once either side closed: nothing comes any more.
  [[nodiscard]] virtual bool open() const noexcept = 0;
  /// Whether the client closed its connection without a goodbye; what it sent before may still be unread.
  [[nodiscard]] virtual bool hung_up() const noexcept = 0;
  /// Throws Gone where the client does not take it within the time for writing.
  virtual void send_text(std::string_view text) = 0;
  /// Says goodbye, with a code of RFC 6455, and does not wait for the answer.
  virtual void close(int code, std::string_view reason) = 0;
  /// Whether the server ends.
  [[nodiscard]] virtual bool stopping() const noexcept = 0;
};

}  // namespace seben::serve
