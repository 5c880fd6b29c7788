// SPDX-License-Identifier: Apache-2.0
// What may be done to one hypothesis, and everything that is known about it: candidates from the confusion maps, their
// exact scores, their features. Deciding is the ranker's (corrector.h), learning to decide is fit.h's.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "correct/candidate.h"
#include "correct/confusions.h"
#include "correct/edit_scores.h"
#include "correct/features.h"
#include "correct/generate.h"
#include "decode/ctc/forward.h"
#include "decode/ctc/greedy.h"
#include "text/lm/ngram.h"

namespace seben::correction {

/// Results and working memory of one text, kept for the next; one thread at a time.
struct Proposals {
  ctc::Labels labels;
  std::vector<Candidate> candidates;    ///< COPY first
  std::vector<double> scores;           ///< log P of each
  std::vector<FeatureVector> features;  ///< of each

  ctc::EditScorer scorer;
  GenerateMemory generator;
  std::vector<ctc::LabelEdit> edits;
};

/// Immutable; thread-safe.
class Proposer {
 public:
  /// Error(bad_data) when the maps have symbols that the vocabulary has not. `model` may be absent.
  Proposer(const ConfusionMaps& maps, const nko::Vocabulary& vocabulary, GenerateLimits limits,
           std::shared_ptr<const lm::NgramModel> model);

  /// `symbols`: the hypothesis on the frames of `log_probs`.
  void propose(ctc::LogProbsView log_probs, std::span<const ctc::Symbol> symbols, Proposals& out) const;

  [[nodiscard]] const nko::Vocabulary& vocabulary() const noexcept { return vocabulary_; }
  /// May be nothing.
  [[nodiscard]] const std::shared_ptr<const lm::NgramModel>& language_model() const noexcept { return model_; }

 private:
  nko::Vocabulary vocabulary_;
  ConfusionTable table_;
  Neighbours neighbours_;
  GenerateLimits limits_;
  std::shared_ptr<const lm::NgramModel> model_;
  FeatureExtractor features_;
};

}  // namespace seben::correction
