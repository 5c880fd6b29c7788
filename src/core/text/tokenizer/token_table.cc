// SPDX-License-Identifier: Apache-2.0
#include "text/tokenizer/token_table.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace seben::tokenizer {
namespace {

std::uint64_t hash_of(std::string_view bytes) noexcept {
  constexpr std::uint64_t kOdd = 0x9E3779B97F4A7C15;  // 2^64 / the golden ratio
  std::uint64_t hash = bytes.size() * kOdd;
  const auto mix = [&hash](std::uint64_t word) {
    hash = (hash ^ word) * kOdd;
    hash ^= hash >> 32U;
  };
  std::size_t at = 0;
  for (; at + 8 <= bytes.size(); at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + at, 8);
    mix(word);
  }
  std::uint64_t rest = 0;
  if (at < bytes.size()) std::memcpy(&rest, bytes.data() + at, bytes.size() - at);
  mix(rest);
  return hash;
}

}  // namespace

TokenTable::TokenTable(const std::vector<std::string>& tokens) {
  std::size_t bytes = 0;
  for (const std::string& token : tokens) bytes += token.size();
  arena_.reserve(bytes);
  begins_.reserve(tokens.size() + 1);
  begins_.push_back(0);
  for (const std::string& token : tokens) {
    arena_ += token;
    begins_.push_back(arena_.size());
  }
  slots_.assign(std::bit_ceil(2 * tokens.size() + 2), kNone);
}

std::size_t TokenTable::slot_of(std::string_view bytes) const noexcept {
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = hash_of(bytes) & mask;
  while (slots_[slot] != kNone && this->bytes(slots_[slot]) != bytes) slot = (slot + 1) & mask;
  return slot;
}

std::int32_t TokenTable::index(std::int32_t id) {
  const std::string_view bytes = this->bytes(id);
  std::int32_t& slot = slots_[slot_of(bytes)];
  if (slot != kNone) return slot;
  slot = id;
  longest_ = std::max(longest_, bytes.size());
  return kNone;
}

std::int32_t TokenTable::find(std::string_view bytes) const noexcept { return slots_[slot_of(bytes)]; }

}  // namespace seben::tokenizer
