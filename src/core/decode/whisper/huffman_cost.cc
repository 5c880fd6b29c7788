// SPDX-License-Identifier: Apache-2.0
#include "decode/whisper/huffman_cost.h"

#include <algorithm>
#include <span>
#include <vector>

namespace seben::generate {
namespace {

constexpr std::size_t kEndOfBlock = 256, kFirstLength = 257;
constexpr std::array<std::uint8_t, 29> kLengthBits = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2,
                                                      2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0};
constexpr std::array<std::uint8_t, 30> kDistanceBits = {0, 0, 0, 0, 1, 1, 2, 2,  3,  3,  4,  4,  5,  5,  6,
                                                        6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13};
constexpr std::array<std::uint8_t, 19> kRunBits = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 3, 7};
// In this order a block's head gives the lengths of the codes for code lengths.
constexpr std::array<std::uint8_t, 19> kRunOrder = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};

template <std::size_t N>
std::size_t code_of(const std::array<std::uint8_t, N>& extra, std::size_t codes, std::size_t value) {
  std::size_t base = 0;
  for (std::size_t code = 0; code + 1 < codes; ++code) {
    base += std::size_t{1} << extra[code];
    if (value < base) return code;
  }
  return codes - 1;
}

// Code lengths of one alphabet.
struct Code {
  std::vector<std::uint8_t> lengths;
  std::size_t last = 0;               // the highest symbol that has a code
  std::int64_t bits = 0;              // of all symbols by this code, without those of symbols that were only invented
  std::vector<std::size_t> invented;  // symbols that got a code because there must be two
};

// zlib's way to a Huffman code: a heap in which equal weights are ordered by the depth of their trees.
class Builder {
 public:
  Builder(std::span<const std::uint32_t> counts, std::span<const std::uint8_t> extra, std::size_t first_extra,
          int max_length)
      : symbols_(counts.size()),
        extra_(extra),
        first_extra_(first_extra),
        max_length_(max_length),
        count_(counts.begin(), counts.end()),
        depth_(2 * symbols_ + 1),
        parent_(2 * symbols_ + 1),
        length_(2 * symbols_ + 1),
        heap_(1) {
    count_.resize(2 * symbols_ + 1);
  }

  Code build() {
    fill_heap();
    merge();
    set_lengths();
    code_.lengths.assign(length_.begin(), length_.begin() + static_cast<std::ptrdiff_t>(symbols_));
    for (std::size_t s = 0; s < symbols_; ++s) {
      if (count_[s] != 0) code_.bits += std::int64_t{count_[s]} * (length_[s] + extra_of(s));
    }
    code_.bits -= static_cast<std::int64_t>(code_.invented.size());
    return code_;
  }

 private:
  [[nodiscard]] int extra_of(std::size_t symbol) const {
    return symbol >= first_extra_ ? extra_[symbol - first_extra_] : 0;
  }

  void fill_heap() {
    for (std::size_t s = 0; s < symbols_; ++s) {
      if (count_[s] != 0) heap_.push_back(code_.last = s), ++heap_size_, found_ = true;
    }
    while (heap_size_ < 2) {
      const std::size_t s = !found_ ? 0 : (code_.last < 2 ? ++code_.last : 0);
      found_ = true;
      heap_.push_back(s), ++heap_size_;
      count_[s] = 1;
      code_.invented.push_back(s);
    }
    for (std::size_t k = heap_size_ / 2; k >= 1; --k) sift_down(k);
  }

  [[nodiscard]] bool before(std::size_t a, std::size_t b) const {
    return count_[a] < count_[b] || (count_[a] == count_[b] && depth_[a] <= depth_[b]);
  }

  void sift_down(std::size_t k) {
    const std::size_t moved = heap_[k];
    for (std::size_t child = 2 * k; child <= heap_size_; child *= 2) {
      if (child < heap_size_ && before(heap_[child + 1], heap_[child])) ++child;
      if (before(moved, heap_[child])) break;
      heap_[k] = heap_[child];
      k = child;
    }
    heap_[k] = moved;
  }

  void merge() {
    std::size_t node = symbols_;
    do {
      const std::size_t least = heap_[1];
      heap_[1] = heap_[heap_size_--];
      sift_down(1);
      const std::size_t next = heap_[1];
      by_weight_.push_back(least);
      by_weight_.push_back(next);
      count_[node] = count_[least] + count_[next];
      depth_[node] = static_cast<std::uint8_t>(std::max(depth_[least], depth_[next]) + 1);
      parent_[least] = parent_[next] = node;
      heap_[1] = node++;
      sift_down(1);
    } while (heap_size_ >= 2);
    by_weight_.push_back(heap_[1]);
  }

  void set_lengths() {
    std::vector<int> codes(static_cast<std::size_t>(max_length_) + 1);
    int too_long = 0;
    length_[by_weight_.back()] = 0;
    for (std::size_t i = by_weight_.size() - 1; i-- > 0;) {
      const std::size_t node = by_weight_[i];
      int length = length_[parent_[node]] + 1;
      if (length > max_length_) length = max_length_, ++too_long;
      length_[node] = static_cast<std::uint8_t>(length);
      if (node <= code_.last) ++codes[static_cast<std::size_t>(length)];
    }
    if (too_long > 0) shorten(codes, too_long);
  }

  // Moves leaves down until no code is too long, then gives the shortest codes to the heaviest symbols again.
  void shorten(std::vector<int>& codes, int too_long) {
    const auto max = static_cast<std::size_t>(max_length_);
    for (; too_long > 0; too_long -= 2) {
      std::size_t length = max - 1;
      while (codes[length] == 0) --length;
      --codes[length];
      codes[length + 1] += 2;
      --codes[max];
    }
    std::size_t i = 0;
    for (std::size_t length = max; length != 0; --length) {
      for (int left = codes[length]; left != 0;) {
        const std::size_t node = by_weight_[i++];
        if (node > code_.last) continue;
        length_[node] = static_cast<std::uint8_t>(length);
        --left;
      }
    }
  }

  std::size_t symbols_;
  std::span<const std::uint8_t> extra_;
  std::size_t first_extra_;
  int max_length_;
  std::vector<std::uint32_t> count_;
  std::vector<std::uint8_t> depth_;
  std::vector<std::size_t> parent_;
  std::vector<std::uint8_t> length_;
  std::vector<std::size_t> heap_;  // from 1
  std::size_t heap_size_ = 0;
  bool found_ = false;
  std::vector<std::size_t> by_weight_;  // lightest first
  Code code_;
};

// Counts how the lengths of a code are written: as they are, or as runs (16: the last one again, 17 and 18: zeros).
void count_runs(const Code& code, std::array<std::uint32_t, 19>& counts) {
  int last = -1;
  for (std::size_t s = 0; s <= code.last;) {
    const std::uint8_t length = code.lengths[s];
    const std::uint32_t most = length == 0 ? 138 : (length == last ? 6 : 7);
    std::uint32_t run = 1;
    while (s + run <= code.last && run < most && code.lengths[s + run] == length) ++run;
    if (run < (length == 0 || length == last ? 3U : 4U)) {
      counts[length] += run;
    } else if (length != 0) {
      if (length != last) ++counts[length];
      ++counts[16];
    } else {
      ++counts[run <= 10 ? 17 : 18];
    }
    last = length;
    s += run;
  }
}

std::int64_t head_bits(const Code& literals, const Code& distances) {
  std::array<std::uint32_t, 19> counts{};
  count_runs(literals, counts);
  count_runs(distances, counts);
  const Code runs = Builder(counts, kRunBits, 0, 7).build();
  std::size_t given = kRunOrder.size();
  while (given > 4 && runs.lengths[kRunOrder[given - 1]] == 0) --given;
  return runs.bits + 3 * static_cast<std::int64_t>(given) + 5 + 5 + 4;
}

int fixed_length(std::size_t symbol) {
  if (symbol < 144) return 8;
  if (symbol < 256) return 9;
  return symbol < 280 ? 7 : 8;
}

}  // namespace

HuffmanBlock::HuffmanBlock() { literals_[kEndOfBlock] = 1; }

void HuffmanBlock::literal(unsigned char byte) { ++literals_[byte]; }

void HuffmanBlock::match(std::size_t length, std::size_t distance) {
  const std::size_t code = length == 258 ? 28 : code_of(kLengthBits, 28, length - 3);
  ++literals_[kFirstLength + code];
  ++distances_[code_of(kDistanceBits, 30, distance - 1)];
}

std::uint64_t HuffmanBlock::finish(std::uint64_t before, std::size_t bytes) const {
  const Code literals = Builder(literals_, kLengthBits, kFirstLength, 15).build();
  const Code distances = Builder(distances_, kDistanceBits, 0, 15).build();
  const std::int64_t own = literals.bits + distances.bits + head_bits(literals, distances);
  std::int64_t fixed = 0;
  for (std::size_t s = 0; s < literals_.size(); ++s) {
    fixed += std::int64_t{literals_[s]} * (fixed_length(s) + (s >= kFirstLength ? kLengthBits[s - kFirstLength] : 0));
  }
  for (std::size_t s = 0; s < distances_.size(); ++s) fixed += std::int64_t{distances_[s]} * (5 + kDistanceBits[s]);

  // The forms are compared in whole bytes, and the fixed code wins a tie.
  constexpr std::int64_t kind = 3;
  const std::int64_t own_bytes = (own + kind + 7) / 8, fixed_bytes = (fixed + kind + 7) / 8;
  const std::int64_t best_bytes = std::min(own_bytes, fixed_bytes);
  if (static_cast<std::int64_t>(bytes) + 4 <= best_bytes) return ((before + kind + 7) / 8 + 4 + bytes) * 8;
  return before + static_cast<std::uint64_t>(kind + (fixed_bytes <= own_bytes ? fixed : own));
}

}  // namespace seben::generate
