// SPDX-License-Identifier: Apache-2.0
// Several character models as one: linear interpolation with weights that make held-out text most probable, written as
// one back-off model, and pruned to a size.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "fit/kneser_ney.h"
#include "text/lm/ngram.h"

namespace seben::lm {

using Sentences = std::vector<std::u32string>;

/// Weights that sum to 1 and make `held_out` most probable under sum of weight * P_k(token | history): expectation and
/// maximisation from equal weights until the log-probability a token gains less than 1e-9 (Jelinek and Mercer 1980).
/// All models must have one alphabet (TrainOptions::alphabet). Error(bad_data) without sentences.
[[nodiscard]] std::vector<double> mixture_weights(const std::vector<Training>& models, const Sentences& held_out);

/// perplexity (kneser_ney.h) of the mixture itself, not of a model that was written for it.
[[nodiscard]] double mixture_perplexity(const std::vector<Training>& models, const std::vector<double>& weights,
                                        const Sentences& sentences);

/// One back-off model: it has every n-gram of the models, each with the mixture's probability, and back-offs with which
/// the probabilities after every history sum to 1. What no model has seen may differ from the mixture, as its back-off
/// is that of all models together. Error(usage) for models of different order or alphabet and for weights of another
/// number, below 0 or not finite.
[[nodiscard]] Training mix(const std::vector<Training>& models, const std::vector<double>& weights);

/// How often each history is met: texts with their weights.
struct WeightedText {
  const Sentences* sentences = nullptr;
  double weight = 1.0;  ///< of all of it together
};

/// The model without the n-grams of order 2 and above that change it least, by the relative entropy that leaving one
/// out costs (Stolcke 1998) where histories are as frequent as in the texts: its ARPA text then has at most
/// `max_bytes`. Error(usage) when not even the unigrams fit.
[[nodiscard]] Training prune(const Training& model, const std::vector<WeightedText>& texts, std::size_t max_bytes);

}  // namespace seben::lm
