// SPDX-License-Identifier: Apache-2.0
// WebSocket's frames (RFC 6455) from a client, as bytes come, and to it. No extensions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace seben::serve {

enum class Opcode : std::uint8_t { more = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

namespace close_code {
inline constexpr int kNormal = 1000, kGoingAway = 1001, kProtocol = 1002, kNotText = 1007, kPolicy = 1008,
                     kTooLarge = 1009, kInternal = 1011, kTryLater = 1013;
}

/// A client that breaks the protocol; `code` is what the connection is closed with.
class FrameError : public std::runtime_error {
 public:
  FrameError(int code, const std::string& why) : std::runtime_error(why), code_(code) {}
  [[nodiscard]] int code() const noexcept { return code_; }

 private:
  int code_;
};

/// What has arrived: a whole message, its fragments joined, or a control frame.
struct Arrival {
  Opcode opcode = Opcode::text;
  std::string data;
};

class FrameReader {
 public:
  explicit FrameReader(std::size_t largest_message) : largest_(largest_message) {}

  void push(std::string_view bytes) { held_ += bytes; }
  /// The next thing that is complete. Throws FrameError.
  [[nodiscard]] std::optional<Arrival> next();

 private:
  struct Head {
    bool last = false;
    Opcode opcode = Opcode::text;
    std::size_t size = 0, bytes = 0;  // of the payload and of the head
  };
  [[nodiscard]] std::optional<Head> read_head() const;
  [[nodiscard]] std::optional<Arrival> take(const Head& head, std::string payload);

  std::size_t largest_;
  std::string held_;
  std::size_t at_ = 0;  // in held_: what lies before it is done
  bool in_message_ = false;
  Arrival message_;
};

/// A frame from the server, whole and unmasked.
[[nodiscard]] std::string make_frame(Opcode opcode, std::string_view payload);
[[nodiscard]] std::string make_close(int code, std::string_view reason);
/// The answer to Sec-WebSocket-Key; nothing for a key that is none.
[[nodiscard]] std::optional<std::string> accept_key(std::string_view key);

}  // namespace seben::serve
