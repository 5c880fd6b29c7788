// SPDX-License-Identifier: Apache-2.0
// What the texts of one beam say together: the likeliest with their shares, and how sure each word of the best one is.
#pragma once

#include <cstddef>
#include <vector>

#include "decode/ctc/beam.h"
#include "decode/ctc/greedy.h"
#include "seben/transcript.h"
#include "text/nko/vocabulary.h"

namespace seben::pipeline {

/// The best `most` texts, best first; such as differ in spaces at their ends or doubled ones are one. A share is
/// exp(score) over the sum of all `texts`.
[[nodiscard]] std::vector<Alternative> likeliest(const std::vector<ctc::BeamText>& texts,
                                                 const nko::Vocabulary& vocabulary, std::size_t most);

/// Gives the symbols of the first text the posteriors of their words: the shares of the texts that have the same word
/// in its place, by the fewest edits of words from text to text.
void set_posteriors(std::vector<ctc::Symbol>& symbols, const std::vector<ctc::BeamText>& texts,
                    const nko::Vocabulary& vocabulary);

}  // namespace seben::pipeline
