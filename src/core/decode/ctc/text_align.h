// SPDX-License-Identifier: Apache-2.0
// When the words of a given text were said: the best CTC path that reads the words in order and may leave words out and
// pass over speech that is not in the text. For hours of frames: states far behind the best are given up.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "decode/ctc/forward.h"
#include "decode/ctc/greedy.h"
#include "decode/ctc/log_probs.h"

namespace seben::ctc {

/// Costs in nats. A path's score is the sum of its frames' log-probabilities less these. Between words and around them
/// a frame counts as the blank or the space, whichever is likelier.
struct TextAlignOptions {
  double skip_open = 8.0;   ///< of words that are left out, once for those that follow one another
  double skip_word = 1.0;   ///< of each of them
  double other_open = 3.0;  ///< of a stretch of other speech, which may begin and end between words
  double other_symbol =
      2.0;  ///< of each frame in it whose likeliest class is a letter, and which counts as that letter
  /// Words that may be left out at once: states that lie further behind the best one than these cost are given up. 0:
  /// none is, and the result is the best of all paths.
  std::size_t reach = 120;
};

struct TextAlignment {
  struct Word {
    std::vector<Symbol> symbols;  ///< none: it was left out
  };
  struct Stretch {
    std::int64_t first_frame = 0, last_frame = 0;  ///< inclusive
  };
  std::vector<Word> words;
  std::vector<Stretch> others;  ///< speech that is not in the text, from its first to its last letter
  double score = 0.0;
  std::size_t states = 0;  ///< looked at, in all frames together: a byte of memory each
};

/// `space` may be -1. Error(bad_data) for no frames, a word without labels, a label that is no class, the blank or the
/// space.
[[nodiscard]] TextAlignment align_text(LogProbsView log_probs, std::span<const Labels> words, std::int64_t blank,
                                       std::int64_t space, const TextAlignOptions& options = {});

}  // namespace seben::ctc
