// SPDX-License-Identifier: Apache-2.0
// Tokens by id, in one block of memory, and ids by token.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace seben::tokenizer {

class TokenTable {
 public:
  static constexpr std::int32_t kNone = -1;

  /// The bytes of each id; nothing can be found yet.
  explicit TokenTable(const std::vector<std::string>& tokens);

  /// Makes a token findable. Returns the id that already has these bytes, or kNone.
  std::int32_t index(std::int32_t id);
  [[nodiscard]] std::int32_t find(std::string_view bytes) const noexcept;
  [[nodiscard]] std::string_view bytes(std::int32_t id) const noexcept {
    const auto i = static_cast<std::size_t>(id);
    return std::string_view(arena_).substr(begins_[i], begins_[i + 1] - begins_[i]);
  }
  [[nodiscard]] std::size_t size() const noexcept { return begins_.size() - 1; }
  /// Bytes of the longest findable token.
  [[nodiscard]] std::size_t longest() const noexcept { return longest_; }

 private:
  [[nodiscard]] std::size_t slot_of(std::string_view bytes) const noexcept;

  std::string arena_;
  std::vector<std::size_t> begins_;
  std::vector<std::int32_t> slots_;  ///< a hash table, open addressing, at most half full
  std::size_t longest_ = 0;
};

}  // namespace seben::tokenizer
