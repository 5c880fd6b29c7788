// SPDX-License-Identifier: Apache-2.0
// What must be done to a hypothesis to make it the reference: a weighted edit distance (Wagner and Fischer 1974) in
// which sounds that are alike are cheap to exchange, so that the edits found are those that were likely made.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "correct/articulation.h"
#include "correct/candidate.h"
#include "text/nko/vocabulary.h"

namespace seben::correction {

/// Texts longer than this are refused: time and memory grow with the product.
inline constexpr std::size_t kMaxAlignedLabels = 4000;

/// One edit of the hypothesis, by positions of the hypothesis as it is; kind_of never says copy.
struct AlignedEdit {
  ctc::LabelEdit edit;
  std::int64_t from = -1;  ///< the label at the position, -1 for an insertion
};

/// Costs of edits between the classes of a vocabulary: 0.4 + 0.6 * articulatory distance for a substitution, 0.5 + 0.3
/// * articulatory weight for a deletion or insertion.
class EditCosts {
 public:
  explicit EditCosts(const nko::Vocabulary& vocabulary);
  [[nodiscard]] double substitution(std::int64_t from, std::int64_t to) const;
  [[nodiscard]] double indel(std::int64_t label) const { return indel_[static_cast<std::size_t>(label)]; }

 private:
  std::vector<std::u32string> texts_;
  std::vector<double> indel_;
};

/// The cheapest edits, by position; among equally cheap ways a substitution is preferred, then a deletion.
/// Error(bad_data) for texts that are too long.
[[nodiscard]] std::vector<AlignedEdit> align_texts(std::span<const std::int64_t> hypothesis,
                                                   std::span<const std::int64_t> reference, const EditCosts& costs);

}  // namespace seben::correction
