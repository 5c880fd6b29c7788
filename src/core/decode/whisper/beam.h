// SPDX-License-Identifier: Apache-2.0
// Beam search over texts, as openai-whisper does it and as transformers does it: they keep, stop and rank differently.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "decode/whisper/search.h"

namespace seben::generate {

struct BeamOptions {
  std::int64_t size = 5;
  double patience = 1.0;  ///< ends when round(size * patience) texts have ended (Kasai et al. 2022)
};

/// The text of the highest sum_logprob / length, or, with a penalty, sum_logprob / ((5 + length) / 6)^penalty (Wu et
/// al. 2016); the first of equals. `texts` must not be empty.
[[nodiscard]] const Hypothesis& best(std::span<const Hypothesis> texts, std::optional<double> length_penalty);

/// Of all texts that ended, and of the best that did not when too few did, the best. Each beam offers its size + 1 best
/// tokens; sums are of the scores after the rules, normalised anew. Unlike there, a text that the rules forbid is no
/// candidate. Error(usage) for a patience that waits for no text. Source: openai-whisper, BeamSearchDecoder.
[[nodiscard]] std::unique_ptr<Search> beam(const SearchFrame& frame, const BeamOptions& options,
                                           std::optional<double> length_penalty);

/// The best text of transformers' beam search: 2 * size candidates over all beams, sums of the scores that the rules
/// leave, not normalised anew, divided by length^length_penalty; ends when no beam can become better than the worst of
/// `size` ended texts (early_stopping=False). Source: transformers 4.37, BeamSearchScorer.
[[nodiscard]] std::unique_ptr<Search> transformers_beam(const SearchFrame& frame, std::int64_t size,
                                                        double length_penalty);

}  // namespace seben::generate
