// SPDX-License-Identifier: Apache-2.0
#include "realtime/client_event.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "base/json.h"
#include "base/printable.h"
#include "http/base64.h"
#include "openai/api_error.h"
#include "seben/error.h"

namespace seben::serve {
namespace {

using base::JsonReader;

constexpr base::JsonLimits kEventLimits{std::size_t{16} << 20, 16, 2'000};
constexpr std::int64_t kLowestRate = 8'000, kHighestRate = 48'000;
constexpr std::size_t kMostKeywords = 1'000;

[[noreturn]] void refuse_event(const std::string& param, const std::string& message,
                               const std::string& code = "invalid_value") {
  throw ApiError(400, code, message, param);
}

// Errors of the JSON reader are the client's.
template <typename Read>
auto as_api_error(Read&& read) {
  try {
    return read();
  } catch (const Error& error) {
    throw ApiError(400, "invalid_event", error.what());
  }
}

void read_format(const JsonReader& format, LiveConfig& out) {
  const std::string type = format.string("type");
  if (type == "audio/pcm") {
    out.format = {PcmForm::pcm16, static_cast<int>(format.integer_or("rate", 24'000, kLowestRate, kHighestRate))};
  } else if (type == "audio/pcmu" || type == "audio/pcma") {
    out.format = {type == "audio/pcmu" ? PcmForm::mu_law : PcmForm::a_law, 8'000};
  } else {
    refuse_event("session.audio.input.format.type", "expected audio/pcm, audio/pcmu or audio/pcma, found another");
  }
}

void read_model(const JsonReader& given, LiveConfig& out) {
  out.model = given.string_or("model", out.model);
  out.language = given.string_or("language", out.language);
  out.prompt = given.string_or("prompt", out.prompt);
  if (given.has("keywords")) out.keywords = given.strings("keywords", kMostKeywords);
}

void read_turns(const JsonReader& given, LiveConfig& out) {
  const std::string type = given.string_or("type", "server_vad");
  if (type != "server_vad") {
    refuse_event("session.audio.input.turn_detection.type", "expected server_vad or null, found another");
  }
  out.vad = true;
  out.padding_seconds = static_cast<double>(given.integer_or("prefix_padding_ms", 300, 0, 2'000)) / 1e3;
  out.silence_seconds = static_cast<double>(given.integer_or("silence_duration_ms", 500, 100, 10'000)) / 1e3;
}

void read_session(const JsonReader& session, LiveConfig& out) {
  const std::string type = session.string_or("type", "transcription");
  if (type != "transcription" && type != "realtime") {
    refuse_event("session.type", "expected transcription, found another");
  }
  if (session.has("include")) {
    out.partials = false;
    for (const std::string& what : session.strings("include", 16)) {
      if (what != "seben.partial") refuse_event("session.include", "expected seben.partial, found another");
      out.partials = true;
    }
  }
  if (!session.has("audio") || !session.object("audio").has("input")) return;
  const JsonReader input = session.object("audio").object("input");
  if (input.has("format")) read_format(input.object("format"), out);
  if (input.has("transcription")) read_model(input.object("transcription"), out);
  const auto turns = input.value().find("turn_detection");
  if (turns == input.value().end()) return;
  if (turns->is_null()) {
    out.vad = false;
  } else {
    read_turns(input.object("turn_detection"), out);
  }
}

ClientEvent::Kind openai_kind(const std::string& type) {
  if (type == "session.update") return ClientEvent::Kind::update;
  if (type == "input_audio_buffer.append") return ClientEvent::Kind::append;
  if (type == "input_audio_buffer.commit") return ClientEvent::Kind::commit;
  if (type == "input_audio_buffer.clear") return ClientEvent::Kind::clear;
  if (type == "transcription_session.update") {
    refuse_event("type", "this event of the beta has become session.update", "beta_api_shape_disabled");
  }
  refuse_event("type", "there is no event \"" + base::printable(type).substr(0, 100) + "\" for a client to send");
}

}  // namespace

ClientEvent read_openai_event(std::string_view text, const LiveConfig& before) {
  return as_api_error([&] {
    const nlohmann::json json = base::parse_json(text, "event", kEventLimits);
    const JsonReader event(json, "event");
    ClientEvent out;
    out.kind = openai_kind(event.string("type"));
    out.event_id = event.string_or("event_id", "");
    out.config = before;
    if (out.kind == ClientEvent::Kind::update) read_session(event.object("session"), out.config);
    if (out.kind == ClientEvent::Kind::append) {
      auto audio = decode_base64(event.string("audio"));
      if (!audio) refuse_event("audio", "expected base64, found another text");
      out.audio = *std::move(audio);
    }
    return out;
  });
}

ClientEvent read_own_event(std::string_view text) {
  return as_api_error([&] {
    const nlohmann::json json = base::parse_json(text, "event", {65'536, 8, 100});
    const JsonReader event(json, "event");
    const std::string type = event.string("type");
    ClientEvent out;
    if (type == "start") {
      event.refuse_unknown_keys({"type", "rate", "model", "partials", "language"});
      out.kind = ClientEvent::Kind::update;
      out.config.format.rate = static_cast<int>(event.integer_or("rate", 16'000, kLowestRate, kHighestRate));
      out.config.model = event.string_or("model", "");
      out.config.language = event.string_or("language", "");
      out.config.partials = event.boolean_or("partials", true);
      out.config.silence_seconds = 0.6;
    } else if (type == "commit" || type == "end") {
      out.kind = type == "end" ? ClientEvent::Kind::end : ClientEvent::Kind::commit;
    } else {
      refuse_event("type", "expected start, commit or end, found another");
    }
    return out;
  });
}

std::string event_id_of(std::string_view text) noexcept {
  try {
    const nlohmann::json json = base::parse_json(text, "event", kEventLimits);
    return base::printable(JsonReader(json, "event").string_or("event_id", "")).substr(0, 512);
  } catch (const std::exception&) {
    return {};
  }
}

}  // namespace seben::serve
