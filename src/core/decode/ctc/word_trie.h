// SPDX-License-Identifier: Apache-2.0
// The spellings of a list of words as one tree, so that what they begin with is read once (forced choice).
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "decode/ctc/forward.h"

namespace seben::ctc {

class WordTrie {
 public:
  static constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();
  static constexpr std::size_t kMaxLabels = 1'000'000;

  struct Node {
    std::int64_t label = -1;
    std::uint32_t parent = 0;
    std::uint32_t first_child = kNone, next_sibling = kNone;
    std::uint32_t entry = kNone;  ///< whose spelling ends here
  };

  WordTrie() : nodes_(1) {}

  /// Error(bad_data) for a spelling of no labels, for one that another entry has, and for more than kMaxLabels labels.
  void add(std::span<const std::int64_t> spelling, std::uint32_t entry);

  /// Node 0 is the root, before the first label; a node comes after its parent.
  [[nodiscard]] const std::vector<Node>& nodes() const noexcept { return nodes_; }
  /// The entry with this spelling, or kNone.
  [[nodiscard]] std::uint32_t find(std::span<const std::int64_t> spelling) const noexcept;
  [[nodiscard]] std::size_t entries() const noexcept { return entries_; }

 private:
  [[nodiscard]] std::uint32_t child(std::uint32_t node, std::int64_t label) const noexcept;

  std::vector<Node> nodes_;
  std::size_t entries_ = 0;  // the highest number and one
};

/// ln P of every entry: that the frames read as one of its spellings, summed over all paths as forward_score does, with
/// the work for a common beginning done once. Error(bad_data) for no frames and a label that is no class.
[[nodiscard]] std::vector<double> word_scores(LogProbsView log_probs, const WordTrie& trie, std::int64_t blank);

/// The same frames when `dropped` classes count for nothing in a text: their probability is the blank's. For every text
/// without them that is the sum over all texts that have them anywhere, exactly: whatever stands between two equal
/// labels parts them, as the blank does.
[[nodiscard]] LogProbs drop_classes(LogProbsView log_probs, std::span<const std::int64_t> dropped, std::int64_t blank);

}  // namespace seben::ctc
