// SPDX-License-Identifier: Apache-2.0
// Correction of one hypothesis: bounded candidates, their exact CTC scores from the log-probabilities that the
// hypothesis came from, the frozen ranker's choice. Nothing is written that the confusion maps do not propose.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "correct/proposer.h"
#include "correct/ranker.h"

namespace seben::correction {

/// One feature's part in a decision: what it added to the log-odds.
struct Reason {
  std::string_view feature;
  double value = 0.0;
  double contribution = 0.0;
};

struct AppliedEdit {
  EditKind kind = EditKind::copy;
  std::int64_t position = 0;    ///< symbol of the text as it was before this edit
  std::int64_t from = -1;       ///< label that went, or -1
  std::int64_t to = -1;         ///< label that came, or -1
  double probability = 0.0;     ///< that it brings the text nearer to what was said
  double gain = 0.0;            ///< log P of the text after it less that before it
  Room room;                    ///< its frames
  std::vector<Reason> reasons;  ///< strongest first
};

struct Correction {
  std::vector<ctc::Symbol> symbols;  ///< the corrected text on its frames; the hypothesis itself when nothing changed
  std::vector<AppliedEdit> edits;    ///< empty: COPY, no candidate was acceptable
  std::int64_t candidates = 0;       ///< edits that were looked at in the first round
  double best_probability = 0.0;     ///< of these, taken or not; 0 without any
};

struct CorrectorOptions {
  Mode mode = Mode::balanced;
  std::optional<std::int64_t> max_edits;  ///< instead of the ranker's limit
  std::size_t max_reasons = 5;
};

/// Immutable; thread-safe, each call with a memory of its own.
class Corrector {
 public:
  /// Error(bad_data) when the ranker's maps have symbols that the vocabulary has not; Error(incomplete) when it needs a
  /// language model and `model` is absent. The caller has compared the ranker's head with the one in use.
  Corrector(Ranker ranker, const nko::Vocabulary& vocabulary, std::shared_ptr<const lm::NgramModel> model = nullptr);

  /// `symbols`: the hypothesis on the frames of `log_probs`, as greedy or align give it. With more than one edit
  /// allowed, each is chosen as if alone, the scores are computed anew after it, and edits do not touch each other.
  [[nodiscard]] Correction correct(ctc::LogProbsView log_probs, std::span<const ctc::Symbol> symbols,
                                   const CorrectorOptions& options, Proposals& memory) const;

  [[nodiscard]] const Ranker& ranker() const noexcept { return ranker_; }
  [[nodiscard]] const Proposer& proposer() const noexcept { return proposer_; }

 private:
  [[nodiscard]] AppliedEdit describe(std::size_t index, double probability, const Proposals& found,
                                     std::size_t max_reasons) const;

  Ranker ranker_;
  Proposer proposer_;
};

}  // namespace seben::correction
