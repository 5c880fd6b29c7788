// SPDX-License-Identifier: Apache-2.0
// Segments as subtitles of a given size: lines broken between words, cues where a line or a second more would not fit.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "seben/transcript.h"

namespace seben::pipeline {

/// Nothing: without that limit.
struct CueLimits {
  std::optional<std::int64_t> line_width;  ///< columns: one for a grapheme, two for a wide one
  std::optional<std::int64_t> line_count;  ///< lines of a cue; with a width, cues flow from segment to segment
  std::optional<double> seconds;           ///< of a cue

  [[nodiscard]] bool any() const noexcept { return line_width || line_count || seconds; }
};

struct Cue {
  double start = 0.0;
  double end = 0.0;
  std::vector<std::string> lines;  ///< without line ends and control characters
  std::int32_t channel = 0;        ///< as of its segments
};

struct Cues {
  std::vector<Cue> cues;
  bool estimated = false;  ///< a cue begins or ends within a segment or word whose times are shared out by length
};

/// Without limits, the segments. With both a width and a number of lines, or a width alone and times of words, the cues
/// are those of openai-whisper's writers, but that no line is wider than the limit: a longer word is broken between
/// graphemes. Error(usage) for limits that are not positive.
[[nodiscard]] Cues make_cues(const Transcript& transcript, const CueLimits& limits);

}  // namespace seben::pipeline
