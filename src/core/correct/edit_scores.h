// SPDX-License-Identifier: Apache-2.0
// Exact CTC log-probabilities of many single edits of one hypothesis: forward tables of its prefixes (Graves et al.
// 2006, equations 5 to 8) and backward tables of its suffixes (equations 9 to 11), computed once, are joined around
// each edit. O(frames) an edit instead of O(frames * labels). docs/decoding.md has the formulas.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "decode/ctc/label_edit.h"
#include "decode/ctc/log_probs.h"

namespace seben::ctc {

struct EditOps;

/// Working memory is kept from utterance to utterance; one thread at a time.
class EditScorer {
 public:
  EditScorer();
  /// With the row operations of another instruction set than the best one; for tests.
  explicit EditScorer(const EditOps& ops);
  ~EditScorer();
  EditScorer(EditScorer&&) noexcept;
  EditScorer& operator=(EditScorer&&) noexcept;

  /// Tables of the hypothesis `labels` over `log_probs` [frames, classes], which is kept by reference until the next
  /// call. Memory: about 16 bytes for each frame and label. Error(bad_data) as forward_score: no frame, a label that is
  /// no class or the blank.
  void prepare(LogProbsView log_probs, std::span<const std::int64_t> labels, std::int64_t blank);

  /// Natural logarithm of the hypothesis' own probability: what forward_score gives.
  [[nodiscard]] double score() const noexcept;

  /// The same of every edited sequence, in order, into `out` of the same size; -infinity for one that the frames cannot
  /// carry. Error(bad_data) for an edit outside the sequence, or a label that is no class or the blank.
  void scores(std::span<const LabelEdit> edits, std::span<double> out);
  [[nodiscard]] std::vector<double> scores(std::span<const LabelEdit> edits);

  /// How many scores since construction came from the exact pass in log space, because the fast one could not vouch for
  /// its own.
  [[nodiscard]] std::int64_t slow_scores() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace seben::ctc
