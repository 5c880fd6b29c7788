// SPDX-License-Identifier: Apache-2.0
#include "fit/kneser_ney.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <unordered_map>
#include <utility>

#include "seben/error.h"

namespace seben::lm {
namespace {

using Token = NgramModel::Token;
using Counts = std::unordered_map<std::uint64_t, std::int64_t>;  // by the tokens, a byte each, the newest lowest

std::uint64_t low_bytes(std::uint64_t key, int tokens) {
  return tokens >= 8 ? key : key & ((std::uint64_t{1} << static_cast<unsigned>(8 * tokens)) - 1);
}
Token oldest(std::uint64_t key, int order) { return static_cast<Token>(key >> static_cast<unsigned>(8 * (order - 1))); }

// What one history gives to its continuations.
struct History {
  std::int64_t total = 0;   // counts of its continuations
  double discounted = 0.0;  // mass of those that are kept, after discounting
};

class Trainer {
 public:
  explicit Trainer(const TrainOptions& options) : options_(options), raw_(count()), used_(count()) {}

  Training run(const std::vector<std::u32string>& sentences) {
    number_tokens(sentences);
    for (const std::u32string& s : sentences) {
      if (!s.empty()) count_sentence(s);
    }
    for (int n = 1; n <= options_.order; ++n) fill_used(n);
    std::vector<Discounts> discounts;
    for (int n = 1; n <= options_.order; ++n) {
      discounts.push_back(estimate(used_[index(n)]));
      smooth(n, discounts.back());
    }
    std::vector<Ngram> made = ngrams();
    NgramModel model(options_.order, symbols_, made, "training");
    return {std::move(model), std::move(made), symbols_, std::move(discounts)};
  }

 private:
  [[nodiscard]] std::size_t count() const { return static_cast<std::size_t>(options_.order); }
  static std::size_t index(int order) { return static_cast<std::size_t>(order - 1); }

  void number_tokens(const std::vector<std::u32string>& sentences) {
    std::set<char32_t> seen(options_.alphabet.begin(), options_.alphabet.end());
    for (const std::u32string& s : sentences) seen.insert(s.begin(), s.end());
    symbols_.assign(seen.begin(), seen.end());
    if (symbols_.size() + 3 > kMaxTokens) {
      throw Error(ErrorCategory::bad_data, "training text", "at most " + std::to_string(kMaxTokens - 3) + " characters",
                  std::to_string(symbols_.size()));
    }
    for (std::size_t i = 0; i < symbols_.size(); ++i) tokens_[symbols_[i]] = static_cast<Token>(i + 3);
  }

  void count_sentence(const std::u32string& sentence) {
    std::uint64_t key = NgramModel::kBegin;
    int length = 1;  // tokens so far, at most the order
    const auto add = [&](Token token) {
      key = key << 8 | token;
      length = std::min(length + 1, options_.order);
      for (int n = 1; n <= length; ++n) ++raw_[index(n)][low_bytes(key, n)];
    };
    for (const char32_t c : sentence) add(tokens_.at(c));
    add(NgramModel::kEnd);
  }

  // Counts that probabilities are made of.
  void fill_used(int n) {
    if (n == options_.order) {
      used_[index(n)] = raw_[index(n)];
      return;
    }
    for (const auto& [key, occurrences] : raw_[index(n + 1)]) ++used_[index(n)][low_bytes(key, n)];
    // Nothing stands before the beginning of a sentence.
    for (const auto& [key, occurrences] : raw_[index(n)]) {
      if (oldest(key, n) == NgramModel::kBegin) used_[index(n)][key] = occurrences;
    }
  }

  static Discounts estimate(const Counts& counts) {
    std::array<double, 5> of{};  // n-grams with a count of 1, 2, 3, 4
    for (const auto& [key, count] : counts) {
      if (count <= 4) ++of[static_cast<std::size_t>(count)];
    }
    Discounts out;
    if (of[1] == 0 || of[2] == 0 || of[3] == 0 || of[4] == 0) return out;
    const double y = of[1] / (of[1] + 2 * of[2]);
    std::array<double, 3> value{};
    for (std::size_t c = 1; c <= 3; ++c) {
      value[c - 1] = static_cast<double>(c) - static_cast<double>(c + 1) * y * of[c + 1] / of[c];
      if (!(value[c - 1] >= 0.0 && value[c - 1] < static_cast<double>(c))) return out;
    }
    return {value, true};
  }

  [[nodiscard]] bool kept(std::uint64_t key, int n) const {
    return n < 3 || raw_[index(n)].at(key) >= options_.min_count;
  }

  void smooth(int n, const Discounts& discounts) {
    std::unordered_map<std::uint64_t, History> histories;
    const auto discounted = [&](std::int64_t count) {
      return static_cast<double>(count) -
             discounts.value[static_cast<std::size_t>(std::min<std::int64_t>(count, 3) - 1)];
    };
    for (const auto& [key, count] : used_[index(n)]) {
      History& h = histories[key >> 8];
      h.total += count;
      if (kept(key, n)) h.discounted += discounted(count);
    }
    for (const auto& [history, h] : histories) {
      back_offs_[index(n)][history] = 1.0 - h.discounted / static_cast<double>(h.total);
    }
    for (const auto& [key, count] : used_[index(n)]) {
      if (!kept(key, n)) continue;
      const double own = discounted(count) / static_cast<double>(histories.at(key >> 8).total);
      probabilities_[index(n)][key] = own + back_offs_[index(n)].at(key >> 8) * lower(key, n);
    }
  }

  // P(token | shorter history); for unigrams the uniform distribution over all but <s>.
  [[nodiscard]] double lower(std::uint64_t key, int n) const {
    if (n == 1) return uniform();
    return probabilities_[index(n - 1)].at(low_bytes(key, n - 1));
  }
  [[nodiscard]] double uniform() const { return 1.0 / static_cast<double>(symbols_.size() + 2); }

  [[nodiscard]] std::vector<Ngram> ngrams() const {
    std::vector<Ngram> out;
    out.push_back({{NgramModel::kUnknown}, std::log(back_offs_[0].at(0) * uniform()), 0.0});
    for (std::size_t i = 0; i < symbols_.size(); ++i) {
      const std::uint64_t key = i + 3;
      if (probabilities_[0].contains(key)) continue;
      out.push_back({{static_cast<Token>(key)}, std::log(back_offs_[0].at(0) * uniform()), 0.0});
    }
    // <s> is never predicted, but it is a history.
    out.push_back({{NgramModel::kBegin}, -99.0 * std::log(10.0), back_off(NgramModel::kBegin, 1)});
    for (int n = 1; n <= options_.order; ++n) {
      for (const auto& [key, p] : probabilities_[index(n)]) {
        Ngram ngram{{}, std::log(p), back_off(key, n)};
        for (int i = n - 1; i >= 0; --i)
          ngram.tokens.push_back(static_cast<Token>(key >> static_cast<unsigned>(8 * i)));
        out.push_back(std::move(ngram));
      }
    }
    return out;
  }
  [[nodiscard]] double back_off(std::uint64_t history, int n) const {
    if (n >= options_.order) return 0.0;
    const auto& longer = back_offs_[index(n + 1)];
    const auto found = longer.find(history);
    return found == longer.end() ? 0.0 : std::log(found->second);
  }

  const TrainOptions& options_;
  std::u32string symbols_;
  std::unordered_map<char32_t, Token> tokens_;
  std::vector<Counts> raw_, used_;
  std::array<std::unordered_map<std::uint64_t, double>, kMaxOrder> probabilities_;
  std::array<std::unordered_map<std::uint64_t, double>, kMaxOrder> back_offs_;  // by order of the n-gram, then history
};

}  // namespace

Training train(const std::vector<std::u32string>& sentences, const TrainOptions& options) {
  if (options.order < 1 || options.order > kMaxOrder) {
    throw Error(ErrorCategory::usage, "order", "1.." + std::to_string(kMaxOrder), std::to_string(options.order));
  }
  if (std::ranges::all_of(sentences, [](const std::u32string& s) { return s.empty(); })) {
    throw Error(ErrorCategory::bad_data, "training text", "at least one sentence", "none");
  }
  return Trainer(options).run(sentences);
}

double perplexity(const NgramModel& model, const std::vector<std::u32string>& sentences) {
  double sum = 0.0;
  std::size_t tokens = 0;
  for (const std::u32string& s : sentences) {
    if (s.empty()) continue;
    sum += model.text_score(s);
    tokens += s.size() + 1;
  }
  if (tokens == 0) throw Error(ErrorCategory::bad_data, "held-out text", "at least one sentence", "none");
  return std::exp(-sum / static_cast<double>(tokens));
}

}  // namespace seben::lm
