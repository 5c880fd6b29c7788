// SPDX-License-Identifier: Apache-2.0
#include "realtime/sessions.h"

#include <chrono>
#include <utility>

#include "http/frames.h"
#include "http/header_value.h"
#include "realtime/live_codec.h"

namespace seben::serve {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kLargestMessage = std::size_t{21} << 20;  // 15 MiB of sound in base64, and what stands around it
constexpr std::chrono::milliseconds kListen{20};
constexpr std::chrono::seconds kSilentClient{300};
constexpr std::chrono::seconds kLagEvery{2};
constexpr double kLagTold = 2.0;  // seconds of sound behind

// The subprotocol to name in the answer: one that the client offered, but never its key.
std::string protocol_of(const Request& request) {
  const std::string* offered = request.header("sec-websocket-protocol");
  if (offered == nullptr) return {};
  for (const char* known : {"realtime", "seben-stream"}) {
    if (has_word(*offered, known)) return known;
  }
  return {};
}

class Counter {
 public:
  explicit Counter(std::atomic<std::size_t>& count) : count_(count), before_(count.fetch_add(1)) {}
  Counter(const Counter&) = delete;
  Counter& operator=(const Counter&) = delete;
  ~Counter() { --count_; }
  [[nodiscard]] std::size_t before() const noexcept { return before_; }

 private:
  std::atomic<std::size_t>& count_;
  std::size_t before_;
};

class Conversation {
 public:
  Conversation(WebSocket& socket, LiveCodec& codec, LiveSession& session)
      : socket_(socket), codec_(codec), session_(session) {}

  void run() {
    while (socket_.open()) {
      if (socket_.stopping()) return end(close_code::kGoingAway, "the server ends");
      if (auto message = socket_.read(session_.ready() ? std::chrono::milliseconds(0) : kListen)) {
        if (!take(*message)) return;
        heard_ = Clock::now();  // what it said has been dealt with, which on a busy server takes its time
      }
      if (session_.ready()) {
        session_.advance();
        heard_ = Clock::now();  // a client that waits for its words is not silent
      }
      tell_lag();
      if (Clock::now() - heard_ > kSilentClient) return end(close_code::kNormal, "nothing was said for a while");
    }
  }

 private:
  // Whether the session goes on.
  bool take(const WebSocket::Message& message) {
    try {
      if (!codec_.take(session_, message)) return true;
      codec_.tell_end();
      socket_.close(close_code::kNormal, "done");
      return false;
    } catch (const ApiError& error) {
      codec_.tell_error(error, message);
      return true;
    } catch (const Error& error) {  // of the stream, which is of no use any more
      codec_.tell_error(api_error(error), message);
      session_.clear();
      return true;
    }
  }
  void tell_lag() {
    const double behind = session_.behind_seconds();
    if (behind < kLagTold || Clock::now() - lag_told_ < kLagEvery) return;
    lag_told_ = Clock::now();
    codec_.tell_lag(behind);
  }
  void end(int code, const char* why) {
    session_.finish();
    codec_.tell_end();
    socket_.close(code, why);
  }

  WebSocket& socket_;
  LiveCodec& codec_;
  LiveSession& session_;
  Clock::time_point heard_ = Clock::now(), lag_told_;
};

}  // namespace

void LiveSessions::serve(Exchange& exchange, LiveProtocol protocol) {
  if (!exchange.wants_web_socket()) throw ApiError(400, "invalid_request", "expected a request for a WebSocket");
  if (exchange.stopping()) throw ApiError(503, "overloaded", "the server is going down");
  const std::string* model = exchange.request().query_value("model");
  if (model != nullptr && pool_.find(*model) == nullptr) {
    throw ApiError(404, "model_not_found", "there is no model of that name; GET /v1/models lists them", "model");
  }
  const Counter counter(count_);
  if (counter.before() >= most_) throw ApiError(503, "overloaded", "there are too many live sessions");
  const auto socket = exchange.accept_web_socket(protocol_of(exchange.request()), kLargestMessage);
  if (socket == nullptr) throw ApiError(400, "invalid_request", "expected a WebSocket of version 13 with its key");
  const auto codec = protocol == LiveProtocol::openai ? make_openai_codec(*socket) : make_own_codec(*socket);
  LiveSession session(
      pool_, turnstile_, [&](const StreamEvent& event) { codec->tell(event); },
      [&] {
        if (socket->hung_up()) throw Gone("it did not wait");
      });
  try {
    codec->greet(session, model != nullptr ? *model : std::string());
    Conversation(*socket, *codec, session).run();
  } catch (const Gone&) {
    throw;
  } catch (const std::exception& failure) {
    const ApiError error = api_error(failure);
    codec->tell_error(error, {});
    socket->close(error.status() >= 500 ? close_code::kInternal : close_code::kPolicy, error.what());
  }
}

}  // namespace seben::serve
