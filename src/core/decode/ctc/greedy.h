// SPDX-License-Identifier: Apache-2.0
// Greedy CTC decoding (Graves et al. 2006, best path): the best class of every frame, repeats merged, blanks dropped.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "decode/ctc/log_probs.h"
#include "text/nko/vocabulary.h"

namespace seben::ctc {

/// One written class and the frames that it was read from.
struct Symbol {
  std::int64_t label = 0;
  std::int64_t first_frame = 0;
  std::int64_t last_frame = 0;  ///< inclusive
  float log_prob = 0.0F;        ///< sum over its frames of the label's log-probability
  float confidence = 0.0F;      ///< geometric mean over its frames of the label's probability, 0..1
  float posterior = -1.0F;      ///< of the word that it is part of, among several texts; below 0: there are none

  [[nodiscard]] bool operator==(const Symbol&) const = default;
};

struct Hypothesis {
  std::vector<Symbol> symbols;
  double log_prob = 0.0;  ///< of the best path, over all frames
};

/// `first_frame` is added to all frame numbers. Equal scores go to the lower class. Error(bad_data) for a blank that is
/// no class, and for a frame whose scores are not numbers: NaN must not be read as a class.
[[nodiscard]] Hypothesis greedy(LogProbsView log_probs, std::int64_t blank, std::int64_t first_frame = 0);

/// The symbols' texts one after another.
[[nodiscard]] std::string to_text(const std::vector<Symbol>& symbols, const nko::Vocabulary& vocabulary);

/// The least number of frames that can carry these labels: one each, and a blank between equal neighbours. A text that
/// needs more than the audio has can never be written, whatever the model.
[[nodiscard]] std::int64_t frames_needed(std::span<const std::int64_t> labels) noexcept;

/// Fills in every symbol's confidence from its log_prob and frames.
void set_confidences(std::vector<Symbol>& symbols) noexcept;

}  // namespace seben::ctc
