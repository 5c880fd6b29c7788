// SPDX-License-Identifier: Apache-2.0
// Transcripts as files: plain text, JSON, SubRip, WebVTT, tab-separated values. All UTF-8, in logical order: the
// Unicode bidirectional algorithm of whoever shows them puts N'Ko right to left (docs/output.md).
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "seben/transcript.h"

namespace seben::pipeline {

enum class Format : std::uint8_t { txt, json, srt, vtt, tsv };

[[nodiscard]] std::optional<Format> parse_format(std::string_view word) noexcept;
/// "txt", … : also the file name's extension.
[[nodiscard]] std::string_view to_string(Format format) noexcept;

/// The whole file, ending in a newline. `source` names the recording in JSON.
[[nodiscard]] std::string write(const Transcript& transcript, Format format, const std::string& source);

/// {"mode", "hypothesis", "edits": [{"kind", "from", "to", "start", "end", "probability", "gain", "reasons"}]}
[[nodiscard]] nlohmann::json to_json(const Corrections& corrections);

enum class Direction : std::uint8_t {
  nko,  ///< right to left, whatever it begins with
  own   ///< that of its first letter
};

/// One line for a terminal: the text isolated (U+2067 or U+2068, then U+2069), so that its direction does not depend on
/// what stands around.
[[nodiscard]] std::string for_terminal(const std::string& text, Direction direction = Direction::nko);

}  // namespace seben::pipeline
