// SPDX-License-Identifier: Apache-2.0
// The exact CTC probability of a text (Graves et al. 2006, equations 5 to 8): the sum over every path of frames that
// reads as the text once repeats are merged and blanks dropped.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "decode/ctc/log_probs.h"

namespace seben::ctc {

using Labels = std::vector<std::int64_t>;

/// Natural logarithm of the probability; -infinity for a text that the frames cannot carry. Summed in log space and in
/// double precision, so no text underflows. O(frames * labels). Error(bad_data) for a label that is no class or the
/// blank.
[[nodiscard]] double forward_score(LogProbsView log_probs, std::span<const std::int64_t> labels, std::int64_t blank);

/// The same for many texts over one utterance, with one working memory.
[[nodiscard]] std::vector<double> forward_scores(LogProbsView log_probs, std::span<const Labels> texts,
                                                 std::int64_t blank);

/// Error(bad_data) unless every label is a class and none is the blank.
void require_labels(std::span<const std::int64_t> labels, std::int64_t classes, std::int64_t blank);

/// log(exp(a) + exp(b)); either may be -infinity.
[[nodiscard]] double log_add(double a, double b) noexcept;

}  // namespace seben::ctc
