// SPDX-License-Identifier: Apache-2.0
// When each word was said: the decoder reads its own text, and the way of its attention through the features, smoothed,
// is followed by dynamic time warping. Source: openai-whisper, timing.py.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "decode/whisper/options.h"
#include "decode/whisper/text_decoder.h"

namespace seben::generate {

struct WordTime {
  std::string text;  ///< with its space in front
  std::vector<std::int32_t> tokens;
  double start = 0.0, end = 0.0;  ///< seconds
  double probability = 0.0;       ///< mean of its tokens'
};

/// Replaces each row of x [rows, width] by its medians over `window` neighbours (odd), the row continued by reflection.
/// Rows that are not longer than half a window stay as they are.
void median_filter(std::span<float> x, std::int64_t width, std::int64_t window);

/// The cheapest monotone path through cost [rows, columns] from the first cell to the last: steps of one row, one
/// column or both. Pairs (row, column) in order. Neither size may be 0.
[[nodiscard]] std::vector<std::pair<std::int64_t, std::int64_t>> time_warp(std::span<const float> cost,
                                                                           std::int64_t rows, std::int64_t columns);

/// What is aligned.
struct WordQuery {
  std::span<const std::int32_t> text;  ///< tokens without controls
  std::string_view language;           ///< code
  Task task = Task::transcribe;
  std::int64_t frames = 0;  ///< of the features that are sound, not padding
  int threads = 1;
};

/// The words of a text in the window that the decoder heard last, in seconds from its beginning. Nothing for an empty
/// text. Error(usage) for a text that does not fit into the decoder.
[[nodiscard]] std::vector<WordTime> align_words(TextDecoder& decoder, const WordQuery& query);

/// Opening punctuation joins the word behind it, closing punctuation the one before; what is left of it is empty.
void merge_punctuation(std::vector<WordTime>& words);

/// A segment of a window whose words are wanted.
struct TimedSegment {
  double start = 0.0, end = 0.0;     ///< seconds of the recording; corrected by the words'
  std::vector<std::int32_t> tokens;  ///< text only
  std::vector<WordTime> words;       ///< written here, times of the recording
};

/// Aligns the words of all segments of the window together, shortens those that are improbably long around pauses, and
/// returns the time at which the last word ends, or `last_speech` when there is none. `offset`: where the window
/// begins.
[[nodiscard]] double add_word_times(TextDecoder& decoder, const WordQuery& query, double offset, double last_speech,
                                    std::span<TimedSegment> segments);

}  // namespace seben::generate
