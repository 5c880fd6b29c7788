// SPDX-License-Identifier: Apache-2.0
// The unbreakable pieces of segments: words with their times, or parts of words that would be too wide or too long.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/cues.h"
#include "seben/transcript.h"

namespace seben::pipeline {

struct CuePiece {
  std::string space, text;  ///< white space before it, and what it is; without control characters
  std::int64_t width = 0;   ///< columns of the text
  double start = 0.0, end = 0.0;
  bool measured_start = true, measured_end = true;  ///< false: times were shared out by length
};

/// Spaces for what would steer a terminal or break a format of lines: control characters.
[[nodiscard]] std::string one_line(std::string text);

/// Takes the segments of a transcript in order.
class CuePieces {
 public:
  CuePieces(const Transcript& transcript, const CueLimits& limits) : transcript_(transcript), limits_(limits) {}

  /// Never empty texts; nothing for a segment without text.
  [[nodiscard]] std::vector<CuePiece> of(const Segment& segment);

 private:
  [[nodiscard]] std::vector<CuePiece> by_words(const Segment& segment);
  [[nodiscard]] bool next_word(std::int32_t channel, std::size_t& at) const;
  void break_up(const CuePiece& piece, std::vector<CuePiece>& out) const;

  const Transcript& transcript_;
  const CueLimits& limits_;
  std::vector<std::size_t> taken_;  // by channel: words before this number belong to earlier segments
};

}  // namespace seben::pipeline
