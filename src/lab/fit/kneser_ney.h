// SPDX-License-Identifier: Apache-2.0
// Modified interpolated Kneser-Ney smoothing (Chen and Goodman 1998, section 3.4), written as a back-off model.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "text/lm/ngram.h"

namespace seben::lm {

struct TrainOptions {
  int order = 5;               ///< 1..kMaxOrder
  std::int64_t min_count = 1;  ///< n-grams of order 3 and above that were seen less often are left out
  /// Characters that the model gets whether they are in its text or not: models of one alphabet number tokens alike.
  std::u32string alphabet{};
};

/// What is taken from counts of one, two, and three or more.
struct Discounts {
  std::array<double, 3> value{0.5, 1.0, 1.5};
  bool estimated = false;  ///< false: too few n-grams to estimate them, the values above
};

struct Training {
  NgramModel model;
  std::vector<Ngram> ngrams;         ///< that the model is made of
  std::u32string symbols;            ///< the character of each token from 3 on
  std::vector<Discounts> discounts;  ///< by order, from 1
};

/// One sentence an entry, without ends; empty ones are passed over. Lower orders count the symbols before an n-gram
/// instead of its occurrences, but for n-grams at the beginning of a sentence. The mass of n-grams left out goes to the
/// back-off of their history, so every history's probabilities still sum to 1. The unigrams are interpolated with the
/// uniform distribution, whose share of an unseen token is <unk>'s and that of each character of the alphabet that the
/// text lacks. Error(usage) for an impossible order,
/// Error(bad_data) without sentences and for more than kMaxTokens characters.
[[nodiscard]] Training train(const std::vector<std::u32string>& sentences, const TrainOptions& options);

/// exp of the mean negative log-probability a token, ends of sentences counted. Error(bad_data) without sentences.
[[nodiscard]] double perplexity(const NgramModel& model, const std::vector<std::u32string>& sentences);

}  // namespace seben::lm
