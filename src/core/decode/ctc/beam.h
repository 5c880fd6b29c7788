// SPDX-License-Identifier: Apache-2.0
// CTC prefix beam search (Hannun et al. 2014): the best texts, each with the probability of all its paths that the beam
// has followed. Paths that end in the blank and in the last symbol are summed apart, so a doubled letter and a held one
// are told apart.
#pragma once

#include <cstdint>
#include <vector>

#include "decode/ctc/forward.h"
#include "decode/ctc/hotwords.h"
#include "decode/ctc/log_probs.h"
#include "text/lm/ngram.h"
#include "text/nko/vocabulary.h"

namespace seben::ctc {

/// What happens to a text that no word of N'Ko can be (nko/syllables.h).
enum class SyllableRule : std::uint8_t { off, penalty, forbid };

struct BeamOptions {
  std::size_t width = 16;  ///< prefixes kept after each frame
  std::size_t top = 1;     ///< texts returned, at most
  /// Symbols below this log-probability are not added in a frame; the best one always is. -infinity tries them all.
  double min_log_prob = -9.0;
  SyllableRule syllables = SyllableRule::off;
  double syllable_penalty = 3.0;          ///< subtracted from the score for each violation, with SyllableRule::penalty
  const lm::NgramModel* model = nullptr;  ///< over the code points of the text; nullptr: none
  double lm_weight = 0.5;                 ///< of the model's ln P
  bool lm_end = true;                     ///< whether the model is asked for the end of the text, too
  double length_bonus = 0.0;              ///< added for each symbol written
  const Hotwords* hotwords = nullptr;     ///< nullptr: none
};

struct BeamText {
  Labels labels;
  double log_prob = 0.0;  ///< of the paths followed: at most forward_score, and equal to it when nothing was cut off
  /// What the texts are ranked by: log_prob + lm_weight * ln P of the model + length_bonus * symbols + boosts of the
  /// hotwords in the text - penalties.
  double score = 0.0;
};

/// Best first; equal scores go to the prefix that was found first. With SyllableRule::forbid the result may be empty.
/// Error(bad_data) for no frames, another number of classes than the vocabulary's and NaN; Error(usage) for a width or
/// top of 0 and for weights that are not finite.
[[nodiscard]] std::vector<BeamText> beam_search(LogProbsView log_probs, const nko::Vocabulary& vocabulary,
                                                const BeamOptions& options);

}  // namespace seben::ctc
