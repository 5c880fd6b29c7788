// SPDX-License-Identifier: Apache-2.0
#include "text/tokenizer/merges.h"

#include <gtest/gtest.h>

#include <random>

namespace seben::tokenizer {
namespace {

// The definition: look for the lowest rank, merge the leftmost, begin again.
std::vector<std::int32_t> merge_plainly(const MergeTable& merges, std::vector<std::int32_t> symbols) {
  for (;;) {
    std::uint32_t rank = MergeTable::kNever;
    std::size_t best = 0;
    for (std::size_t i = 0; i + 1 < symbols.size(); ++i) {
      const std::uint32_t found = merges.find(symbols[i], symbols[i + 1]).rank;
      if (found < rank) {
        rank = found;
        best = i;
      }
    }
    if (rank == MergeTable::kNever) return symbols;
    symbols[best] = merges.find(symbols[best], symbols[best + 1]).result;
    symbols.erase(symbols.begin() + static_cast<std::ptrdiff_t>(best) + 1);
  }
}

TEST(Merges, ShortAndLongWordsFollowTheDefinition) {
  std::mt19937 random(3);
  const auto below = [&random](std::size_t n) { return static_cast<std::int32_t>(random() % n); };
  for (int round = 0; round < 200; ++round) {
    std::vector<Merge> list;
    const std::size_t letters = 2 + random() % 3;
    for (std::uint32_t rank = 0; rank < 40; ++rank) {  // some pairs twice, some ranks equal
      const auto known = letters + rank;
      list.push_back({below(known), below(known), rank / 2, static_cast<std::int32_t>(letters + rank)});
    }
    const MergeTable merges(list);
    for (const std::size_t size : {0U, 1U, 2U, 3U, 7U, 47U, 48U, 49U, 50U, 100U, 300U}) {
      std::vector<std::int32_t> symbols(size);
      for (std::int32_t& symbol : symbols) symbol = below(letters);
      const auto expected = merge_plainly(merges, symbols);
      merge_word(merges, symbols);
      ASSERT_EQ(symbols, expected) << "round " << round << ", " << size << " letters";
    }
  }
}

TEST(Merges, TheLastOfOnePairHoldsAndSortedListsEach) {
  const MergeTable merges({{1, 2, 5, 3}, {2, 2, 1, 4}, {1, 2, 0, 9}});
  EXPECT_EQ(merges.find(1, 2).result, 9);
  EXPECT_EQ(merges.find(2, 1).rank, MergeTable::kNever);
  const auto sorted = merges.sorted();
  ASSERT_EQ(sorted.size(), 2U);
  EXPECT_EQ(sorted[0].result, 9);
  EXPECT_EQ(sorted[1].result, 4);
}

}  // namespace
}  // namespace seben::tokenizer
