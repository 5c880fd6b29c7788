// SPDX-License-Identifier: Apache-2.0
// Transcripts as files: plain text, JSON, SubRip, WebVTT, tab-separated values. All UTF-8, in logical order: the
// Unicode bidirectional algorithm of whoever shows them puts N'Ko right to left (docs/output.md).
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/cues.h"
#include "engine/script.h"
#include "seben/transcript.h"

namespace seben::pipeline {

enum class Format : std::uint8_t { txt, json, srt, vtt, tsv };

[[nodiscard]] std::optional<Format> parse_format(std::string_view word) noexcept;
/// "txt", … : also the file name's extension.
[[nodiscard]] std::string_view to_string(Format format) noexcept;

/// How texts for people to read are laid out.
struct Layout {
  CueLimits limits;        ///< of txt only the width, of json and tsv nothing
  bool rtl_marks = false;  ///< around (srt, txt) or before (vtt) the lines of cues with letters from right to left
  /// Both: Latin lines after the N'Ko ones of each cue, which the limits are of; a column in tsv, fields in JSON.
  TextScript script = TextScript::nko;
};

/// The whole file, ending in a newline. `source` names the recording in JSON. Where channels were kept apart, every
/// part says its own: "[2] " before txt and srt, a voice in vtt, a column in tsv, a field in JSON.
[[nodiscard]] std::string write(const Transcript& transcript, Format format, const std::string& source,
                                const Layout& layout = {});
/// The lines of txt.
[[nodiscard]] std::vector<std::string> text_lines(const Transcript& transcript, const Layout& layout = {});
/// Whether cues of srt and vtt would begin or end where nobody measured when a word was said.
[[nodiscard]] bool has_estimated_times(const Transcript& transcript, Format format, const Layout& layout);

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
