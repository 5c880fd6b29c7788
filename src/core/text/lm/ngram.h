// SPDX-License-Identifier: Apache-2.0
// A back-off n-gram language model over characters, read from and written as ARPA text (docs/decoding.md). Tokens
// are code points; the space is written <space>, since ARPA separates tokens by spaces. Read are also | and U+2581 for
// it.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace seben::lm {

inline constexpr int kMaxOrder = 8;
inline constexpr std::size_t kMaxTokens = 255;  ///< <unk>, <s> and </s> among them

/// One n-gram of the model: natural logarithms.
struct Ngram {
  std::vector<std::uint8_t> tokens;
  double log_prob = 0.0;
  double back_off = 0.0;  ///< of the n-gram as a history; 0 for those of the highest order
};

class NgramModel {
 public:
  using Token = std::uint8_t;
  static constexpr Token kUnknown = 0, kBegin = 1, kEnd = 2;

  /// What the next probability depends on: the last tokens, as many as the model remembers.
  struct State {
    std::uint64_t history = 0;  ///< the newest token in the lowest byte
    std::uint8_t length = 0;
    [[nodiscard]] bool operator==(const State&) const = default;
  };

  /// `symbols`: the code point of each token from 3 on. Every n-gram above the unigrams must have its history and its
  /// shorter end in the model. Error(bad_data) starting with `source` otherwise.
  NgramModel(int order, std::u32string symbols, const std::vector<Ngram>& ngrams, const std::string& source);

  /// Error(bad_data) names line, what was expected and what was found.
  [[nodiscard]] static NgramModel load(const std::string& path);
  [[nodiscard]] static NgramModel parse(std::string_view arpa, const std::string& source);
  /// Canonical: equal models are equal bytes.
  [[nodiscard]] std::string to_arpa() const;

  [[nodiscard]] int order() const noexcept { return order_; }
  [[nodiscard]] std::size_t size(int order) const noexcept {
    return tables_[static_cast<std::size_t>(order - 1)].size();
  }
  /// kUnknown for a code point that the model has not seen.
  [[nodiscard]] Token token(char32_t code_point) const noexcept;

  /// The state at the beginning of a text.
  [[nodiscard]] State start() const noexcept;
  /// ln P(token | state); the state moves on. What an unknown token costs is the model's <unk>, or 1e-7 without one.
  double score(State& state, Token token) const noexcept;
  /// ln P(</s> | state).
  [[nodiscard]] double end(State state) const noexcept { return score(state, kEnd); }
  /// ln P of a whole text with its end.
  [[nodiscard]] double text_score(std::u32string_view text) const noexcept;

 private:
  struct Entry {
    double log_prob = 0.0;
    double back_off = 0.0;
  };
  // Open addressing; the key is the n-gram's tokens, a byte each, the newest lowest. No n-gram has the key 0 at its
  // order: <unk> alone is kept apart.
  class Table {
   public:
    void reserve(std::size_t entries);
    void insert(std::uint64_t key, Entry entry);
    [[nodiscard]] const Entry* find(std::uint64_t key) const noexcept;
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] std::vector<std::pair<std::uint64_t, Entry>> sorted() const;

   private:
    [[nodiscard]] std::size_t place(std::uint64_t key) const noexcept;
    std::vector<std::uint64_t> keys_;  // key + 1; 0 is free
    std::vector<Entry> entries_;
    std::size_t size_ = 0;
  };

  int order_ = 1;
  std::u32string symbols_;
  std::unordered_map<char32_t, Token> tokens_;
  std::array<Table, kMaxOrder> tables_;
};

}  // namespace seben::lm
