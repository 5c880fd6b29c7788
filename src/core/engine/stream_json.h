// SPDX-License-Identifier: Apache-2.0
// Events of a stream as JSON, for programs that read lines and for pages.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "seben/stream.h"

namespace seben::pipeline {

/// "speech_start", "speech_end", "partial", "commit" or "final".
[[nodiscard]] const char* to_string(StreamEvent::Kind kind) noexcept;

/// {"event", "item", "seconds"}, of texts "text", of words "words": [{"text", "start", "end", "confidence"}], of a
/// final text "corrections" (as transcripts have them, null without) and "suspect".
[[nodiscard]] nlohmann::json to_json(const StreamEvent& event);

}  // namespace seben::pipeline
