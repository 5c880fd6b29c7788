// SPDX-License-Identifier: Apache-2.0
// /v1/stream: {"type": "start"}, then 16-bit samples in binary messages, {"type": "end"}; events come back as JSON.
#include <nlohmann/json.hpp>

#include "base/utf8.h"
#include "engine/writers.h"
#include "realtime/live_codec.h"

namespace seben::serve {
namespace {

using Json = nlohmann::ordered_json;

class OwnCodec final : public LiveCodec {
 public:
  explicit OwnCodec(WebSocket& socket) : socket_(socket) {}

  void greet(LiveSession&, const std::string& model) override { model_ = model; }

  bool take(LiveSession& session, const WebSocket::Message& message) override {
    if (message.binary) {
      if (!started_) throw ApiError(400, "invalid_event", "event: expected {\"type\": \"start\"} first, found samples");
      session.push(message.data);
      return false;
    }
    ClientEvent event = read_own_event(message.data);
    if (event.kind == ClientEvent::Kind::end) {
      session.finish();
      return true;
    }
    if (event.kind == ClientEvent::Kind::commit) {
      (void)session.commit();
      return false;
    }
    if (event.config.model.empty()) event.config.model = model_;
    session.configure(event.config);
    started_ = true;
    send({{"type", "ready"}, {"model", session.config().model}, {"rate", event.config.format.rate}});
    return false;
  }

  void tell(const StreamEvent& event) override {
    switch (event.kind) {
      case StreamEvent::Kind::speech_start:
      case StreamEvent::Kind::speech_end:
        send({{"type", "speech"},
              {"state", event.kind == StreamEvent::Kind::speech_start ? "start" : "end"},
              {"item", event.item},
              {"at", event.seconds}});
        break;
      case StreamEvent::Kind::partial:
        send({{"type", "partial"}, {"item", event.item}, {"text", event.text}, {"at", event.seconds}});
        break;
      case StreamEvent::Kind::commit:
        send({{"type", "commit"}, {"item", event.item}, {"words", words_json(event)}, {"at", event.seconds}});
        break;
      case StreamEvent::Kind::final_text: {
        Json out{{"type", "final"}, {"item", event.item}, {"text", event.text}, {"words", words_json(event)}};
        if (event.corrections) out["corrections"] = pipeline::to_json(*event.corrections);
        if (!event.suspect.empty()) out["suspect"] = event.suspect;
        send(out);
        break;
      }
    }
  }
  void tell_error(const ApiError& error, const WebSocket::Message&) override {
    send({{"type", "error"}, {"error", Json(error.to_json())}});
  }
  void tell_lag(double seconds) override { send({{"type", "lag"}, {"seconds", seconds}}); }
  void tell_end() override { send({{"type", "done"}}); }

 private:
  static Json words_json(const StreamEvent& event) {
    Json out = Json::array();
    for (const StreamWord& w : event.words) {
      out.push_back(
          {{"text", w.text}, {"start", w.start_seconds}, {"end", w.end_seconds}, {"confidence", w.confidence}});
    }
    return out;
  }
  void send(const Json& json) { socket_.send_text(json.dump(-1, ' ', false, Json::error_handler_t::replace)); }

  WebSocket& socket_;
  std::string model_;
  bool started_ = false;
};

}  // namespace

std::unique_ptr<LiveCodec> make_own_codec(WebSocket& socket) { return std::make_unique<OwnCodec>(socket); }

}  // namespace seben::serve
