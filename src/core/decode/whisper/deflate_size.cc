// SPDX-License-Identifier: Apache-2.0
#include "decode/whisper/deflate_size.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "decode/whisper/huffman_cost.h"
#include "seben/error.h"

namespace seben::generate {
namespace {

constexpr std::size_t kMinMatch = 3, kMaxMatch = 258;
constexpr std::size_t kMaxDistance = 32768 - kMaxMatch - kMinMatch - 1;
constexpr std::size_t kTooFar = 4096;  // a match of three bytes farther away costs more than three literals
constexpr std::size_t kMaxLazy = 16, kGoodMatch = 8, kNiceMatch = 128;
constexpr int kMaxChain = 128;
constexpr std::int64_t kBlockSymbols = 16383;
constexpr std::uint32_t kNone = 0;  // zlib's chains end at position 0, which therefore is never found

class Matcher {
 public:
  // Matches may be compared beyond the end, over zeros, and are cut afterwards.
  explicit Matcher(std::string_view text)
      : size_(text.size()), bytes_(text.begin(), text.end()), head_(std::size_t{1} << 15U, kNone) {
    bytes_.resize(size_ + kMaxMatch + 1, '\0');
    previous_.resize(size_ + 1, kNone);
  }

  [[nodiscard]] std::size_t left(std::size_t at) const { return size_ - at; }
  [[nodiscard]] unsigned char byte(std::size_t at) const { return static_cast<unsigned char>(bytes_[at]); }

  // Enters the three bytes at `at`; the last place where they (or others with their hash) were entered.
  std::uint32_t insert(std::size_t at) {
    const std::uint32_t hash =
        ((std::uint32_t{byte(at)} << 10U) ^ (std::uint32_t{byte(at + 1)} << 5U) ^ byte(at + 2)) & 0x7fffU;
    previous_[at] = head_[hash];
    head_[hash] = static_cast<std::uint32_t>(at);
    return previous_[at];
  }

  // The longest match that is longer than `best`, or `best`; `start` is set with it.
  std::size_t longest(std::size_t at, std::uint32_t candidate, std::size_t best, std::size_t& start) const {
    int chain = best >= kGoodMatch ? kMaxChain / 4 : kMaxChain;
    const std::size_t nice = std::min(kNiceMatch, left(at));
    const std::size_t limit = at > kMaxDistance ? at - kMaxDistance : kNone;
    do {
      if (bytes_[candidate + best] != bytes_[at + best]) continue;
      std::size_t length = 0;
      while (length < kMaxMatch && bytes_[candidate + length] == bytes_[at + length]) ++length;
      if (length <= best) continue;
      start = candidate;
      best = length;
      if (length >= nice) break;
    } while ((candidate = previous_[candidate]) > limit && --chain != 0);
    return std::min(best, left(at));
  }

 private:
  std::size_t size_;
  std::string bytes_;
  std::vector<std::uint32_t> head_, previous_;
};

// Bits of all blocks so far; a block ends when its symbols are counted full, or with the text.
class Blocks {
 public:
  void literal(unsigned char byte) { ++symbols_, block_.literal(byte); }
  void match(std::size_t length, std::size_t distance) { ++symbols_, block_.match(length, distance); }
  [[nodiscard]] bool full() const { return symbols_ == kBlockSymbols; }

  void end(std::size_t at) {
    bits_ = block_.finish(bits_, at - start_);
    block_ = {};
    symbols_ = 0;
    start_ = at;
  }
  [[nodiscard]] std::uint64_t bits() const { return bits_; }

 private:
  HuffmanBlock block_;
  std::int64_t symbols_ = 0;
  std::size_t start_ = 0;
  std::uint64_t bits_ = 0;
};

std::uint64_t deflated_bits(std::string_view text) {
  Matcher matcher(text);
  Blocks blocks;
  std::size_t at = 0, length = kMinMatch - 1, start = 0;
  bool pending = false;  // the byte before `at` waits: this place may have a better match
  while (at < text.size()) {
    std::uint32_t candidate = kNone;
    if (matcher.left(at) >= kMinMatch) candidate = matcher.insert(at);
    const std::size_t before = length, before_start = start;
    length = kMinMatch - 1;
    if (candidate != kNone && before < kMaxLazy && at - candidate <= kMaxDistance) {
      length = matcher.longest(at, candidate, before, start);
      if (length == kMinMatch && at - start > kTooFar) length = kMinMatch - 1;
    }
    if (before >= kMinMatch && length <= before) {
      blocks.match(before, at - 1 - before_start);
      const std::size_t end = at - 1 + before;
      for (++at; at < end; ++at) {
        if (matcher.left(at) >= kMinMatch) matcher.insert(at);
      }
      pending = false;
      length = kMinMatch - 1;
      if (blocks.full()) blocks.end(at);
      continue;
    }
    if (pending) {
      blocks.literal(matcher.byte(at - 1));
      if (blocks.full()) blocks.end(at);
    }
    pending = true;
    ++at;
  }
  if (pending) blocks.literal(matcher.byte(at - 1));
  blocks.end(at);
  return blocks.bits();
}

}  // namespace

std::size_t deflated_size(std::string_view text) {
  if (text.size() > kMaxDeflateText) {
    throw Error(ErrorCategory::usage, "decoding: text", "at most " + std::to_string(kMaxDeflateText) + " bytes",
                std::to_string(text.size()));
  }
  constexpr std::size_t header_and_checksum = 2 + 4;
  return header_and_checksum + (deflated_bits(text) + 7) / 8;
}

}  // namespace seben::generate
