// SPDX-License-Identifier: Apache-2.0
// Which letters a transcript is written in. A head writes N'Ko; Latin ones are made from it (docs/transliteration.md).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "seben/transcript.h"

namespace seben::pipeline {

enum class TextScript : std::uint8_t { nko, latin, both };

[[nodiscard]] std::optional<TextScript> parse_script(std::string_view word) noexcept;

/// Word for word, single spaces between them; a word of marks alone leaves nothing.
[[nodiscard]] std::string latin_of(const std::string& text);
/// Text, segments, words, choices, channels and refused stretches in Latin letters. Characters stay what the head read,
/// corrections what they were, and Whisper's own text is in its own script.
[[nodiscard]] Transcript in_latin(Transcript transcript);

}  // namespace seben::pipeline
