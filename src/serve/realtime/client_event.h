// SPDX-License-Identifier: Apache-2.0
// What live clients say: events of OpenAI's realtime transcription, and of Seben's own stream.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "realtime/pcm.h"

namespace seben::serve {

/// How a session hears.
struct LiveConfig {
  PcmFormat format;
  std::string model;     ///< empty: the server's first
  std::string language;  ///< as the next: of Whisper's decoder
  std::string prompt;
  std::vector<std::string> keywords;
  bool vad = true;  ///< false: the client ends utterances
  double padding_seconds = 0.3, silence_seconds = 0.5;
  bool partials = false;
  friend bool operator==(const LiveConfig&, const LiveConfig&) = default;
};

struct ClientEvent {
  enum class Kind : std::uint8_t { update, append, commit, clear, end };
  Kind kind = Kind::append;
  std::string event_id;  ///< the client's; may be empty
  std::string audio;     ///< of append, decoded
  LiveConfig config;     ///< of update: the one before with what the client changes
};

/// An event of OpenAI's; ApiError for one that cannot be, which names the field.
[[nodiscard]] ClientEvent read_openai_event(std::string_view text, const LiveConfig& before);
/// {"type": "start", "rate", "model", "partials"} (an update), {"type": "commit"}, {"type": "end"}.
[[nodiscard]] ClientEvent read_own_event(std::string_view text);
/// The client's name for an event, as far as one can be found in a broken one.
[[nodiscard]] std::string event_id_of(std::string_view text) noexcept;

}  // namespace seben::serve
