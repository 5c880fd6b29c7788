// SPDX-License-Identifier: Apache-2.0
// When the words of a known text were said: what seben::Transcriber::align_file returns (docs/align.md).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "seben/transcript.h"

namespace seben {

struct AlignOptions {
  /// Words of the text that may be left out at once. More takes longer; 0 keeps every possibility, for short texts.
  std::int64_t reach = 120;
};

/// One word of the text, as it was written there.
struct AlignedWord {
  std::string text;
  bool spoken = true;  ///< false: the recording does not have it, and what follows is 0
  double start = 0.0;  ///< s
  double end = 0.0;
  double log_prob = 0.0;    ///< summed over its letters' frames
  double confidence = 0.0;  ///< 0..1, geometric mean over its letters of their probability, as of a transcript's words
  std::int64_t line = 0;    ///< of the text, from 1 on
};

/// Speech that the text does not have, with what the head reads there.
struct OtherSpeech {
  std::string text;
  double start = 0.0;
  double end = 0.0;
};

struct Alignment {
  std::vector<AlignedWord> words;  ///< all of the text, in its order; times grow
  std::vector<OtherSpeech> others;
  std::vector<Segment> lines;  ///< lines of the text that have a spoken word; from its first to its last
  double score = 0.0;          ///< of the path, in nats (docs/align.md)
  double audio_seconds = 0.0;
  std::string bundle;     ///< its name
  std::string precision;  ///< arithmetic that was used
  std::vector<std::string> warnings;
  Timings timings;  ///< `decode` is the alignment
  std::int64_t windows = 0;
};

}  // namespace seben
