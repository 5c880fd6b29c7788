// SPDX-License-Identifier: Apache-2.0
// A transcript as OpenAI's API answers it, with what is Seben's own under "seben".
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "http/message.h"
#include "openai/transcription_request.h"
#include "seben/transcript.h"

namespace seben::serve {

/// The whole answer in the format that was asked for.
[[nodiscard]] Response make_answer(const Transcript& transcript, const TranscriptionRequest& request, Task task);

/// {"token", "logprob", "bytes"} for each letter.
[[nodiscard]] nlohmann::ordered_json logprobs_of(const Transcript& transcript);
/// Model, precision, words with their confidence, corrections, what was left out and why.
[[nodiscard]] nlohmann::ordered_json extras_of(const Transcript& transcript);
/// {"type": "duration", "seconds"}, rounded up.
[[nodiscard]] nlohmann::ordered_json usage_of(const Transcript& transcript);
/// On one line; texts that are not UTF-8 do not break it.
[[nodiscard]] std::string dump(const nlohmann::ordered_json& json);

/// Events of a stream: `data: {json}` and an empty line.
[[nodiscard]] std::string event_line(const nlohmann::ordered_json& json);

/// Segments as they become final, as deltas that make the whole text when they are joined.
class DeltaWriter {
 public:
  /// The event for a segment's text; empty for a text that is.
  [[nodiscard]] std::string delta(std::string_view text);
  /// What is left of the transcript's text, or everything that differs, and the closing event.
  [[nodiscard]] std::string done(const Transcript& transcript, const TranscriptionRequest& request);

 private:
  std::string sent_;
};

}  // namespace seben::serve
