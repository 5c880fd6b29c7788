// SPDX-License-Identifier: Apache-2.0
// Byte-pair encoding (Sennrich et al. 2016): of all neighbours that may be merged, the pair of lowest rank is, the
// leftmost of equals, until none is left.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace seben::tokenizer {

/// Two tokens that become one.
struct Merge {
  std::int32_t left = 0, right = 0;
  std::uint32_t rank = 0;  ///< lower goes first
  std::int32_t result = 0;
};

/// Merges by their pair.
class MergeTable {
 public:
  static constexpr std::uint32_t kNever = std::numeric_limits<std::uint32_t>::max();
  struct Outcome {
    std::uint32_t rank = kNever;
    std::int32_t result = 0;
  };

  /// Of merges of one pair the last holds.
  explicit MergeTable(const std::vector<Merge>& merges);

  [[nodiscard]] Outcome find(std::int32_t left, std::int32_t right) const noexcept;
  /// All of them by rank, then by their ids.
  [[nodiscard]] std::vector<Merge> sorted() const;

 private:
  [[nodiscard]] std::size_t slot_of(std::int32_t left, std::int32_t right) const noexcept;

  std::vector<Merge> slots_;  ///< a hash table, open addressing, at most half full; free ones have left = -1
};

/// Merges a word in place, from the tokens of its bytes to its tokens. Time n log n in its length.
void merge_word(const MergeTable& merges, std::vector<std::int32_t>& symbols);

}  // namespace seben::tokenizer
