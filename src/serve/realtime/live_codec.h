// SPDX-License-Identifier: Apache-2.0
// The two languages of live sessions: from what a session does to messages, and from messages to what it is told.
#pragma once

#include <memory>
#include <string>

#include "http/web_socket.h"
#include "openai/api_error.h"
#include "realtime/live_session.h"

namespace seben::serve {

/// Of one session and one thread.
class LiveCodec {
 public:
  LiveCodec() = default;
  LiveCodec(const LiveCodec&) = delete;
  LiveCodec& operator=(const LiveCodec&) = delete;
  virtual ~LiveCodec() = default;

  /// The session begins. `model`: as the address names it; may be empty.
  virtual void greet(LiveSession& session, const std::string& model) = 0;
  /// A message of the client's; whether it was the last. ApiError for one that cannot be.
  [[nodiscard]] virtual bool take(LiveSession& session, const WebSocket::Message& message) = 0;
  virtual void tell(const StreamEvent& event) = 0;
  virtual void tell_error(const ApiError& error, const WebSocket::Message& about) = 0;
  /// How far the session is behind its sound.
  virtual void tell_lag(double seconds) = 0;
  /// Nothing follows.
  virtual void tell_end() = 0;
};

[[nodiscard]] std::unique_ptr<LiveCodec> make_openai_codec(WebSocket& socket);
[[nodiscard]] std::unique_ptr<LiveCodec> make_own_codec(WebSocket& socket);

}  // namespace seben::serve
