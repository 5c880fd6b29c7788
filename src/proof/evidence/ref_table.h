// SPDX-License-Identifier: Apache-2.0
// Instruments writes every value once: the first cell carries id="7" and the value, later ones ref="7". These tables
// remember the values that may matter, in bounded memory.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace seben::evidence {

/// Times and durations by id: millions of them, in ascending order of ids as the exporter numbers them. The oldest are
/// let go beyond kMost; looking one of these up finds nothing.
class NumberRefs {
 public:
  static constexpr std::size_t kChunk = std::size_t{1} << 14;
  static constexpr std::size_t kMost = std::size_t{1} << 22;  ///< 50 MB

  void define(std::uint32_t id, std::uint64_t value);
  [[nodiscard]] std::optional<std::uint64_t> find(std::uint32_t id) const;
  void clear() { chunks_.clear(); }

 private:
  struct Chunk {
    std::size_t size = 0;
    std::array<std::uint32_t, kChunk> ids;
    std::array<std::uint64_t, kChunk> values;
  };
  std::deque<std::unique_ptr<Chunk>> chunks_;
};

/// Names, each once: processes, labels, events. Numbered from 1; 0 is no name, and stands for all beyond kMost.
class Names {
 public:
  static constexpr std::size_t kMost = std::size_t{1} << 16;
  static constexpr std::size_t kMostBytes = 256;  ///< of a name, the rest is cut off

  [[nodiscard]] std::uint32_t add(std::string_view name);
  [[nodiscard]] std::string_view text(std::uint32_t index) const {
    return index == 0 ? std::string_view() : std::string_view(names_[index - 1]);
  }
  [[nodiscard]] std::size_t size() const noexcept { return names_.size(); }

 private:
  std::deque<std::string> names_;  // keeps its strings where they are
  std::unordered_map<std::string_view, std::uint32_t> index_;
};

/// Names by id, few; nothing is added beyond kMost.
class NameRefs {
 public:
  static constexpr std::size_t kMost = std::size_t{1} << 18;

  void define(std::uint32_t id, std::uint32_t name) {
    if (names_.size() < kMost || names_.contains(id)) names_[id] = name;
  }
  [[nodiscard]] std::optional<std::uint32_t> find(std::uint32_t id) const {
    const auto it = names_.find(id);
    return it == names_.end() ? std::nullopt : std::optional(it->second);
  }
  void clear() { names_.clear(); }

 private:
  std::unordered_map<std::uint32_t, std::uint32_t> names_;
};

}  // namespace seben::evidence
