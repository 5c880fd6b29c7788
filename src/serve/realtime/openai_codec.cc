// SPDX-License-Identifier: Apache-2.0
// OpenAI's realtime transcription, as it is since May 2026. Deltas only ever append: they are the committed words;
// "completed" has the corrected text of the utterance.
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/format.h"
#include "base/utf8.h"
#include "engine/writers.h"
#include "realtime/live_codec.h"

namespace seben::serve {
namespace {

using Json = nlohmann::ordered_json;

std::string item_id(std::uint64_t item) { return base::format("item_{:06}", item); }

Json format_json(const PcmFormat& format) {
  switch (format.form) {
    case PcmForm::mu_law: return {{"type", "audio/pcmu"}};
    case PcmForm::a_law: return {{"type", "audio/pcma"}};
    case PcmForm::pcm16: break;
  }
  return {{"type", "audio/pcm"}, {"rate", format.rate}};
}

Json session_json(const LiveConfig& config) {
  Json turns;
  if (config.vad) {
    turns = {{"type", "server_vad"},
             {"prefix_padding_ms", std::llround(config.padding_seconds * 1e3)},
             {"silence_duration_ms", std::llround(config.silence_seconds * 1e3)}};
  }
  Json include = Json::array();
  if (config.partials) include.push_back("seben.partial");
  return {{"object", "realtime.transcription_session"},
          {"type", "transcription"},
          {"audio",
           {{"input",
             {{"format", format_json(config.format)},
              {"transcription", {{"model", config.model}, {"language", config.language}, {"prompt", config.prompt}}},
              {"noise_reduction", nullptr},
              {"turn_detection", std::move(turns)}}}}},
          {"include", std::move(include)}};
}

class OpenaiCodec final : public LiveCodec {
 public:
  explicit OpenaiCodec(WebSocket& socket) : socket_(socket) {}

  void greet(LiveSession& session, const std::string& model) override {
    LiveConfig config;
    config.model = model;
    session.configure(config);
    send("session.created", {{"session", session_json(config)}});
  }

  bool take(LiveSession& session, const WebSocket::Message& message) override {
    if (message.binary) throw ApiError(400, "invalid_event", "event: expected JSON text, found a binary message");
    const ClientEvent event = read_openai_event(message.data, session.config());
    switch (event.kind) {
      case ClientEvent::Kind::update:
        session.configure(event.config);
        vad_ = event.config.vad;
        send("session.updated", {{"session", session_json(session.config())}});
        break;
      case ClientEvent::Kind::append: session.push(event.audio); break;
      case ClientEvent::Kind::commit:
        if (session.commit()) break;
        throw ApiError(400, "input_audio_buffer_commit_empty", "expected at least 100 ms of sound, found less");
      case ClientEvent::Kind::clear:
        session.clear();
        send("input_audio_buffer.cleared", Json::object());
        break;
      case ClientEvent::Kind::end: break;
    }
    return false;
  }

  void tell(const StreamEvent& event) override {
    const std::string id = item_id(event.item);
    const std::int64_t ms = std::llround(event.seconds * 1e3);
    switch (event.kind) {
      case StreamEvent::Kind::speech_start:
        began_ = event.seconds;
        if (vad_) send("input_audio_buffer.speech_started", {{"audio_start_ms", ms}, {"item_id", id}});
        break;
      case StreamEvent::Kind::speech_end:
        seconds_ = std::max(0.0, event.seconds - began_);
        if (vad_) send("input_audio_buffer.speech_stopped", {{"audio_end_ms", ms}, {"item_id", id}});
        tell_item(id);
        break;
      case StreamEvent::Kind::partial: send("seben.partial", {{"item_id", id}, {"text", event.text}}); break;
      case StreamEvent::Kind::commit:
        send("conversation.item.input_audio_transcription.delta",
             {{"item_id", id}, {"content_index", 0}, {"delta", (item_begun_ ? " " : "") + event.text}});
        item_begun_ = true;
        break;
      case StreamEvent::Kind::final_text: tell_final(event, id); break;
    }
  }

  void tell_error(const ApiError& error, const WebSocket::Message& about) override {
    Json told(error.to_json());
    const std::string id = about.binary ? std::string() : event_id_of(about.data);
    told["event_id"] = id.empty() ? Json() : Json(id);
    send("error", {{"error", std::move(told)}});
  }
  void tell_lag(double) override {}
  void tell_end() override {}

 private:
  void send(const char* type, Json fields) {
    Json out{{"type", type}, {"event_id", base::format("event_{:06}", ++sent_)}};
    out.update(fields);
    socket_.send_text(out.dump(-1, ' ', false, Json::error_handler_t::replace));
  }
  void tell_item(const std::string& id) {
    const Json before = previous_.empty() ? Json() : Json(previous_);
    send("input_audio_buffer.committed", {{"item_id", id}, {"previous_item_id", before}});
    const Json item{{"id", id},
                    {"object", "realtime.item"},
                    {"type", "message"},
                    {"role", "user"},
                    {"status", "completed"},
                    {"content", {{{"type", "input_audio"}, {"transcript", nullptr}}}}};
    send("conversation.item.added", {{"item", item}, {"previous_item_id", before}});
    send("conversation.item.done", {{"item", item}, {"previous_item_id", before}});
    previous_ = id;
  }
  void tell_final(const StreamEvent& event, const std::string& id) {
    item_begun_ = false;
    Json words = Json::array();
    for (const StreamWord& w : event.words) {
      words.push_back(
          {{"word", w.text}, {"start", w.start_seconds}, {"end", w.end_seconds}, {"confidence", w.confidence}});
    }
    Json own{{"words", std::move(words)}};
    if (event.corrections) own["corrections"] = pipeline::to_json(*event.corrections);
    if (!event.suspect.empty()) own["suspect"] = event.suspect;
    send("conversation.item.input_audio_transcription.completed",
         {{"item_id", id},
          {"content_index", 0},
          {"transcript", event.text},
          {"usage", {{"type", "duration"}, {"seconds", seconds_}}},
          {"seben", std::move(own)}});
  }

  WebSocket& socket_;
  std::uint64_t sent_ = 0;
  std::string previous_;
  bool vad_ = true, item_begun_ = false;
  double began_ = 0.0, seconds_ = 0.0;  // of the utterance
};

}  // namespace

std::unique_ptr<LiveCodec> make_openai_codec(WebSocket& socket) { return std::make_unique<OpenaiCodec>(socket); }

}  // namespace seben::serve
