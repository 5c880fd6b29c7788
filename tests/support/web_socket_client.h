// SPDX-License-Identifier: Apache-2.0
// The client's end of a WebSocket, over support/http_client.h.
#pragma once

#include <string>

#include "support/http_client.h"

namespace seben::test {

/// Masked, as clients have to.
inline std::string client_frame(unsigned opcode, const std::string& payload, bool last = true) {
  std::string out{static_cast<char>((last ? 0x80U : 0U) | opcode)};
  if (payload.size() <= 125) {
    out += static_cast<char>(0x80U | payload.size());
  } else if (payload.size() <= 0xFFFF) {
    out += static_cast<char>(0xFE);
    for (unsigned i = 2; i-- > 0;) out += static_cast<char>(payload.size() >> (8 * i) & 0xFFU);
  } else {
    out += static_cast<char>(0xFF);
    for (unsigned i = 8; i-- > 0;) out += static_cast<char>(payload.size() >> (8 * i) & 0xFFU);
  }
  const std::string mask = "\x12\x34\x56\x78";
  out += mask;
  for (std::size_t i = 0; i < payload.size(); ++i) out += static_cast<char>(payload[i] ^ mask[i % 4]);
  return out;
}

class WebSocketClient {
 public:
  WebSocketClient(std::uint16_t port, const std::string& target, const std::string& headers = {}) : http_(port) {
    http_.send("GET " + target +
               " HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: "
               "13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
               headers + "\r\n");
    answer = http_.answer();
  }

  void text(const std::string& payload) { http_.send(client_frame(1, payload)); }
  void binary(const std::string& payload) { http_.send(client_frame(2, payload)); }
  HttpClient& raw() { return http_; }

  struct Frame {
    unsigned opcode = 0;  ///< 0: the connection ended
    std::string data;
    [[nodiscard]] int close_code() const {
      return opcode == 8 && data.size() >= 2
                 ? static_cast<unsigned char>(data[0]) * 256 + static_cast<unsigned char>(data[1])
                 : 0;
    }
  };
  Frame read() {
    const std::string head = http_.read(2);
    if (head.size() < 2) return {};
    std::size_t size = static_cast<unsigned char>(head[1]) & 0x7FU;
    if (size >= 126) {
      const std::string wide = http_.read(size == 126 ? 2 : 8);
      size = 0;
      for (const char c : wide) size = size << 8U | static_cast<unsigned char>(c);
    }
    return {static_cast<unsigned>(head[0]) & 0x0FU, http_.read(size)};
  }

 private:
  HttpClient http_;

 public:
  HttpAnswer answer;
};

}  // namespace seben::test
