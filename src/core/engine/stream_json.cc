// SPDX-License-Identifier: Apache-2.0
#include "engine/stream_json.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "engine/writers.h"

namespace seben::pipeline {
namespace {

double to_milliseconds(double seconds) { return std::round(seconds * 1000.0) / 1000.0; }

}  // namespace

const char* to_string(StreamEvent::Kind kind) noexcept {
  switch (kind) {
    case StreamEvent::Kind::speech_start: return "speech_start";
    case StreamEvent::Kind::speech_end: return "speech_end";
    case StreamEvent::Kind::partial: return "partial";
    case StreamEvent::Kind::commit: return "commit";
    case StreamEvent::Kind::final_text: return "final";
  }
  return "";
}

nlohmann::json to_json(const StreamEvent& event) {
  using Kind = StreamEvent::Kind;
  nlohmann::json out{
      {"event", to_string(event.kind)}, {"item", event.item}, {"seconds", to_milliseconds(event.seconds)}};
  if (event.kind == Kind::speech_start || event.kind == Kind::speech_end) return out;
  out["text"] = event.text;
  if (event.kind == Kind::partial) return out;
  out["words"] = nlohmann::json::array();
  for (const StreamWord& w : event.words) {
    out["words"].push_back({{"text", w.text},
                            {"start", to_milliseconds(w.start_seconds)},
                            {"end", to_milliseconds(w.end_seconds)},
                            {"confidence", std::round(w.confidence * 1e4) / 1e4}});
  }
  if (event.kind == Kind::commit) return out;
  out["corrections"] = event.corrections ? to_json(*event.corrections) : nlohmann::json();
  out["suspect"] = event.suspect;
  return out;
}

}  // namespace seben::pipeline
