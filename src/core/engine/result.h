// SPDX-License-Identifier: Apache-2.0
// From symbols on frames to characters, words and segments in seconds.
#pragma once

#include <functional>
#include <vector>

#include "decode/ctc/greedy.h"
#include "engine/frame_times.h"
#include "seben/transcript.h"
#include "text/nko/vocabulary.h"

namespace seben::pipeline {

/// Takes final symbols in order and builds the transcript as they come. Spaces at the ends and doubled spaces vanish.
class ResultBuilder {
 public:
  using SegmentSink = std::function<void(const Segment&)>;

  /// `on_segment` (may be empty) gets every segment once it is complete.
  ResultBuilder(const nko::Vocabulary& vocabulary, double frames_per_second, SegmentSink on_segment)
      : vocabulary_(vocabulary), times_{frames_per_second}, on_segment_(std::move(on_segment)) {}

  /// The sound ends there, as far as is known by now: what is added from now on has no time behind it.
  void sound_ends_at(double seconds) noexcept { times_.sound_end = seconds; }
  [[nodiscard]] const FrameTimes& times() const noexcept { return times_; }
  void add(const std::vector<ctc::Symbol>& symbols);
  /// Completes the last word and segment and hands the result over; the builder is empty afterwards.
  [[nodiscard]] Transcript finish();

 private:
  void add_one(const ctc::Symbol& symbol);
  void end_word();
  void end_segment();

  const nko::Vocabulary& vocabulary_;
  FrameTimes times_;
  SegmentSink on_segment_;
  Transcript out_;
  std::size_t word_begin_ = 0;     ///< first character of the word being read
  std::size_t segment_begin_ = 0;  ///< first word of the segment being filled
  std::vector<Character> space_;   ///< a space that waits for the next word
  double posterior_ = 1.0;         ///< the least of the word being read; below 0: one of its symbols has none
};

}  // namespace seben::pipeline
