// SPDX-License-Identifier: Apache-2.0
#include "text/tokenizer/merges.h"

#include <algorithm>
#include <array>
#include <bit>
#include <queue>
#include <tuple>

namespace seben::tokenizer {
namespace {

// Up to here looking at every pair again is faster than a heap.
constexpr std::size_t kShort = 48;
constexpr std::int32_t kFree = -1, kEnd = -1;

void merge_short(const MergeTable& merges, std::vector<std::int32_t>& symbols) {
  std::array<MergeTable::Outcome, kShort> pairs;  // of symbols i and i + 1
  std::size_t size = symbols.size();
  for (std::size_t i = 0; i + 1 < size; ++i) pairs[i] = merges.find(symbols[i], symbols[i + 1]);
  while (size > 1) {
    std::size_t best = 0;
    for (std::size_t i = 1; i + 1 < size; ++i) {
      if (pairs[i].rank < pairs[best].rank) best = i;
    }
    if (pairs[best].rank == MergeTable::kNever) break;
    symbols[best] = pairs[best].result;
    for (std::size_t i = best + 1; i + 1 < size; ++i) {  // the last of `pairs` read here is not one, nor used
      symbols[i] = symbols[i + 1];
      pairs[i] = pairs[i + 1];
    }
    --size;
    if (best + 1 < size) pairs[best] = merges.find(symbols[best], symbols[best + 1]);
    if (best > 0) pairs[best - 1] = merges.find(symbols[best - 1], symbols[best]);
  }
  symbols.resize(size);
}

// The word as a linked list, and the pairs that could be merged in a heap; a pair that changed since is passed over.
class LongWord {
 public:
  LongWord(const MergeTable& merges, std::vector<std::int32_t>& symbols) : merges_(merges), symbols_(symbols) {
    const auto size = static_cast<std::int32_t>(symbols.size());
    links_.reserve(symbols.size());
    for (std::int32_t i = 0; i < size; ++i) links_.push_back({i - 1, i + 1 == size ? kEnd : i + 1});
    for (std::int32_t i = 0; i + 1 < size; ++i) consider(i, i + 1);
  }

  void merge() {
    while (!heap_.empty()) {
      const Candidate top = heap_.top();
      heap_.pop();
      const std::int32_t right = link(top.at).next;
      if (symbol(top.at) != top.left || right == kEnd || symbol(right) != top.right) continue;
      symbol(top.at) = top.result;
      symbol(right) = kFree;
      link(top.at).next = link(right).next;
      if (link(right).next != kEnd) link(link(right).next).previous = top.at;
      if (link(top.at).previous != kEnd) consider(link(top.at).previous, top.at);
      if (link(top.at).next != kEnd) consider(top.at, link(top.at).next);
    }
    std::erase(symbols_, kFree);
  }

 private:
  struct Link {
    std::int32_t previous, next;
  };
  struct Candidate {
    std::uint32_t rank;
    std::int32_t at, left, right, result;
    bool operator<(const Candidate& other) const noexcept {  // the heap's top is the largest
      return std::tie(other.rank, other.at) < std::tie(rank, at);
    }
  };

  Link& link(std::int32_t at) { return links_[static_cast<std::size_t>(at)]; }
  std::int32_t& symbol(std::int32_t at) { return symbols_[static_cast<std::size_t>(at)]; }
  void consider(std::int32_t at, std::int32_t next) {
    const auto [rank, result] = merges_.find(symbol(at), symbol(next));
    if (rank != MergeTable::kNever) heap_.push({rank, at, symbol(at), symbol(next), result});
  }

  const MergeTable& merges_;
  std::vector<std::int32_t>& symbols_;
  std::vector<Link> links_;
  std::priority_queue<Candidate> heap_;
};

}  // namespace

MergeTable::MergeTable(const std::vector<Merge>& merges)
    : slots_(std::bit_ceil(2 * merges.size() + 2), Merge{kFree, 0, 0, 0}) {
  for (const Merge& merge : merges) slots_[slot_of(merge.left, merge.right)] = merge;
}

std::size_t MergeTable::slot_of(std::int32_t left, std::int32_t right) const noexcept {
  const std::size_t mask = slots_.size() - 1;
  std::uint64_t hash =
      static_cast<std::uint64_t>(static_cast<std::uint32_t>(left)) << 32U | static_cast<std::uint32_t>(right);
  hash *= 0x9E3779B97F4A7C15;  // 2^64 / the golden ratio
  std::size_t slot = (hash ^ hash >> 32U) & mask;
  while (slots_[slot].left != kFree && (slots_[slot].left != left || slots_[slot].right != right)) {
    slot = (slot + 1) & mask;
  }
  return slot;
}

MergeTable::Outcome MergeTable::find(std::int32_t left, std::int32_t right) const noexcept {
  const Merge& slot = slots_[slot_of(left, right)];
  return slot.left == kFree ? Outcome{} : Outcome{slot.rank, slot.result};
}

std::vector<Merge> MergeTable::sorted() const {
  std::vector<Merge> all;
  for (const Merge& merge : slots_) {
    if (merge.left != kFree) all.push_back(merge);
  }
  std::ranges::sort(all, {}, [](const Merge& m) { return std::tuple(m.rank, m.left, m.right); });
  return all;
}

void merge_word(const MergeTable& merges, std::vector<std::int32_t>& symbols) {
  if (symbols.size() <= kShort) {
    merge_short(merges, symbols);
  } else {
    LongWord(merges, symbols).merge();
  }
}

}  // namespace seben::tokenizer
