// SPDX-License-Identifier: Apache-2.0
#include "text/lm/ngram.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <utility>

#include "seben/error.h"

namespace seben::lm {
namespace {

const double kNoUnknown = std::log(1e-7);

std::uint64_t mask(int tokens) noexcept {
  return tokens >= 8 ? ~std::uint64_t{0} : (std::uint64_t{1} << static_cast<unsigned>(8 * tokens)) - 1;
}

std::uint64_t key_of(std::span<const std::uint8_t> tokens) noexcept {
  std::uint64_t key = 0;
  for (const std::uint8_t token : tokens) key = key << 8 | token;
  return key;
}

}  // namespace

std::size_t NgramModel::Table::place(std::uint64_t key) const noexcept {
  // splitmix64's finish: neighbours in the key go to places far apart.
  std::uint64_t z = key + 0x9E3779B97F4A7C15U;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
  std::size_t at = static_cast<std::size_t>(z ^ (z >> 31)) & (keys_.size() - 1);
  while (keys_[at] != 0 && keys_[at] != key + 1) at = (at + 1) & (keys_.size() - 1);
  return at;
}

void NgramModel::Table::reserve(std::size_t entries) {
  keys_.assign(std::bit_ceil(2 * entries + 2), 0);
  entries_.resize(keys_.size());
}

void NgramModel::Table::insert(std::uint64_t key, Entry entry) {
  const std::size_t at = place(key);
  if (keys_[at] == 0) ++size_;
  keys_[at] = key + 1;
  entries_[at] = entry;
}

const NgramModel::Entry* NgramModel::Table::find(std::uint64_t key) const noexcept {
  if (size_ == 0) return nullptr;
  const std::size_t at = place(key);
  return keys_[at] == 0 ? nullptr : &entries_[at];
}

std::vector<std::pair<std::uint64_t, NgramModel::Entry>> NgramModel::Table::sorted() const {
  std::vector<std::pair<std::uint64_t, Entry>> out;
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    if (keys_[i] != 0) out.emplace_back(keys_[i] - 1, entries_[i]);
  }
  std::ranges::sort(out, {}, [](const auto& entry) { return entry.first; });
  return out;
}

NgramModel::NgramModel(int order, std::u32string symbols, const std::vector<Ngram>& ngrams, const std::string& source)
    : order_(order), symbols_(std::move(symbols)) {
  for (std::size_t i = 0; i < symbols_.size(); ++i) tokens_[symbols_[i]] = static_cast<Token>(i + 3);
  std::array<std::size_t, kMaxOrder> counts{};
  for (const Ngram& n : ngrams) ++counts[n.tokens.size() - 1];
  for (int n = 1; n <= order_; ++n)
    tables_[static_cast<std::size_t>(n - 1)].reserve(counts[static_cast<std::size_t>(n - 1)]);
  for (const Ngram& n : ngrams) {
    tables_[n.tokens.size() - 1].insert(key_of(n.tokens), {n.log_prob, n.back_off});
  }
  // The back-off recursion finds a longer n-gram only by way of its shorter parts.
  for (const Ngram& n : ngrams) {
    if (n.tokens.size() < 2) continue;
    const auto tokens = std::span(n.tokens);
    const Table& shorter = tables_[n.tokens.size() - 2];
    if (shorter.find(key_of(tokens.first(tokens.size() - 1))) != nullptr &&
        shorter.find(key_of(tokens.subspan(1))) != nullptr) {
      continue;
    }
    throw Error(ErrorCategory::bad_data, source, "the history and the shorter end of every n-gram in the model",
                "a " + std::to_string(n.tokens.size()) + "-gram without");
  }
}

NgramModel::Token NgramModel::token(char32_t code_point) const noexcept {
  const auto found = tokens_.find(code_point);
  return found == tokens_.end() ? kUnknown : found->second;
}

NgramModel::State NgramModel::start() const noexcept { return order_ > 1 ? State{kBegin, 1} : State{}; }

double NgramModel::score(State& state, Token token) const noexcept {
  double sum = 0.0;
  int length = state.length;
  const Entry* found = nullptr;
  std::uint64_t key = 0;
  for (;; --length) {
    const std::uint64_t history = state.history & mask(length);
    key = history << 8 | token;
    found = tables_[static_cast<std::size_t>(length)].find(key);
    if (found != nullptr || length == 0) break;
    // A history that the model has not seen costs nothing.
    const Entry* seen = tables_[static_cast<std::size_t>(length - 1)].find(history);
    if (seen != nullptr) sum += seen->back_off;
  }
  sum += found != nullptr ? found->log_prob : kNoUnknown;
  // What no longer n-gram begins with need not be remembered.
  const int longest = std::min(length + 1, order_ - 1);
  state.length = static_cast<std::uint8_t>(found != nullptr ? longest : 0);
  state.history = (state.history << 8 | token) & mask(state.length);
  return sum;
}

double NgramModel::text_score(std::u32string_view text) const noexcept {
  State state = start();
  double sum = 0.0;
  for (const char32_t c : text) sum += score(state, token(c));
  return sum + end(state);
}

}  // namespace seben::lm
