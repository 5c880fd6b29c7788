// SPDX-License-Identifier: Apache-2.0
// Which words of a list, one after another, the frames read as: a prefix beam search that only the tree of the words
// feeds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "decode/ctc/word_trie.h"

namespace seben::ctc {

struct WordSequence {
  std::vector<std::uint32_t> entries;  ///< at least one
  double log_prob = 0.0;               ///< of all its spellings together, as far as the beam has followed them
};

/// Best first, at most `top`; of equal ones that with fewer words. Two sequences that are spelled alike are both there.
/// With a width that holds every beginning the scores are exact. Empty when no sequence has a probability above 0.
/// Errors as word_scores; Error(usage) for a width or top of 0.
[[nodiscard]] std::vector<WordSequence> word_sequences(LogProbsView log_probs, const WordTrie& trie, std::int64_t blank,
                                                       std::size_t width, std::size_t top);

}  // namespace seben::ctc
