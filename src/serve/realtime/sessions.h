// SPDX-License-Identifier: Apache-2.0
// Live sessions over WebSockets: /v1/realtime with OpenAI's events, /v1/stream with Seben's own.
#pragma once

#include <atomic>
#include <cstddef>

#include "http/message.h"
#include "models/model_pool.h"
#include "models/turnstile.h"

namespace seben::serve {

enum class LiveProtocol : std::uint8_t { openai, own };

class LiveSessions {
 public:
  LiveSessions(ModelPool& pool, Turnstile& turnstile, std::size_t most)
      : pool_(pool), turnstile_(turnstile), most_(most) {}

  /// From the request for a WebSocket to its end. ApiError before it is accepted: 400 for what is no such request, 503
  /// where there are too many.
  void serve(Exchange& exchange, LiveProtocol protocol);

  [[nodiscard]] std::size_t count() const noexcept { return count_; }

 private:
  ModelPool& pool_;
  Turnstile& turnstile_;
  std::size_t most_;
  std::atomic<std::size_t> count_ = 0;
};

}  // namespace seben::serve
