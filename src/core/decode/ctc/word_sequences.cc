// SPDX-License-Identifier: Apache-2.0
#include "decode/ctc/word_sequences.h"

#include <algorithm>
#include <limits>
#include <map>
#include <unordered_map>
#include <utility>

#include "seben/error.h"

namespace seben::ctc {
namespace {

constexpr double kUnread = -std::numeric_limits<double>::infinity();

// Finished words, the last one first.
struct History {
  std::uint32_t before = 0;
  std::uint32_t entry = WordTrie::kNone;
  std::size_t words = 0;
};

// Finished words and where in the tree the next one stands; the root: nothing has been read at all.
struct Place {
  std::uint32_t history = 0;
  std::uint32_t node = 0;

  [[nodiscard]] std::uint64_t key() const noexcept { return std::uint64_t{history} << 32U | node; }
};

struct Prefix {
  Place place;
  double blank = kUnread, symbol = kUnread;  // of the paths that end in the blank, in the place's label
  [[nodiscard]] double log_prob() const { return log_add(blank, symbol); }
};

class SequenceSearch {
 public:
  SequenceSearch(const WordTrie& trie, std::int64_t blank, std::size_t width)
      : nodes_(trie.nodes()), blank_(blank), width_(width), histories_(1) {
    beam_.push_back({{}, 0.0, kUnread});
  }

  void step(std::span<const float> row) {
    next_.clear();
    at_.clear();
    for (const Prefix& from : beam_) stay(from, row);
    for (const Prefix& from : beam_) grow(from, row);
    std::erase_if(next_, [](const Prefix& p) { return p.log_prob() == kUnread; });
    if (next_.size() > width_) {
      std::ranges::nth_element(next_, next_.begin() + static_cast<std::ptrdiff_t>(width_),
                               [&](const Prefix& a, const Prefix& b) { return better(a, b); });
      next_.resize(width_);
    }
    std::swap(beam_, next_);
  }

  [[nodiscard]] std::vector<WordSequence> finish(std::size_t top) {
    std::map<std::uint32_t, double> finished;  // by the history with the last word in it
    for (const Prefix& p : beam_) {
      const std::uint32_t entry = nodes_[p.place.node].entry;
      if (entry == WordTrie::kNone) continue;
      double& sum = finished.try_emplace(followed_by(p.place.history, entry), kUnread).first->second;
      sum = log_add(sum, p.log_prob());
    }
    std::vector<std::pair<std::uint32_t, double>> ranked(finished.begin(), finished.end());
    std::ranges::sort(ranked, [&](const auto& a, const auto& b) {
      if (a.second != b.second) return a.second > b.second;
      return std::pair(histories_[a.first].words, a.first) < std::pair(histories_[b.first].words, b.first);
    });
    if (ranked.size() > top) ranked.resize(top);
    std::vector<WordSequence> out;
    for (const auto& [history, log_prob] : ranked) out.push_back({entries_of(history), log_prob});
    return out;
  }

 private:
  // Equal ones by their places, so that the same beam is kept everywhere.
  static bool better(const Prefix& a, const Prefix& b) {
    const double left = a.log_prob(), right = b.log_prob();
    return left != right ? left > right : a.place.key() < b.place.key();
  }

  void stay(const Prefix& from, std::span<const float> row) {
    Prefix same{from.place, from.log_prob() + static_cast<double>(row[static_cast<std::size_t>(blank_)]), kUnread};
    const std::int64_t label = nodes_[from.place.node].label;
    if (label >= 0) same.symbol = from.symbol + static_cast<double>(row[static_cast<std::size_t>(label)]);
    at_.emplace(from.place.key(), next_.size());
    next_.push_back(same);
  }

  // The word goes on, and where one ends the next begins.
  void grow(const Prefix& from, std::span<const float> row) {
    grow_from(from, {from.place.history, from.place.node}, row);
    const std::uint32_t entry = nodes_[from.place.node].entry;
    if (entry != WordTrie::kNone) grow_from(from, {followed_by(from.place.history, entry), 0}, row);
  }

  void grow_from(const Prefix& from, Place place, std::span<const float> row) {
    const std::int64_t last = nodes_[from.place.node].label;
    for (std::uint32_t c = nodes_[place.node].first_child; c != WordTrie::kNone; c = nodes_[c].next_sibling) {
      const std::int64_t label = nodes_[c].label;
      const double before = label == last ? from.blank : from.log_prob();
      const double log_prob = before + static_cast<double>(row[static_cast<std::size_t>(label)]);
      if (log_prob == kUnread) continue;
      const Place to{place.history, c};
      const auto [found, is_new] = at_.try_emplace(to.key(), next_.size());
      if (is_new) next_.push_back({to, kUnread, kUnread});
      double& symbol = next_[found->second].symbol;
      symbol = log_add(symbol, log_prob);
    }
  }

  std::uint32_t followed_by(std::uint32_t history, std::uint32_t entry) {
    const auto number = static_cast<std::uint32_t>(histories_.size());
    const auto [found, is_new] = longer_.try_emplace(std::uint64_t{history} << 32U | entry, number);
    if (is_new) histories_.push_back({history, entry, histories_[history].words + 1});
    return found->second;
  }

  [[nodiscard]] std::vector<std::uint32_t> entries_of(std::uint32_t history) const {
    std::vector<std::uint32_t> out;
    for (; history != 0; history = histories_[history].before) out.push_back(histories_[history].entry);
    std::ranges::reverse(out);
    return out;
  }

  const std::vector<WordTrie::Node>& nodes_;
  std::int64_t blank_;
  std::size_t width_;
  std::vector<History> histories_;
  std::unordered_map<std::uint64_t, std::uint32_t> longer_;  // history and entry -> history
  std::vector<Prefix> beam_, next_;
  std::unordered_map<std::uint64_t, std::size_t> at_;  // place -> its place in next_
};

}  // namespace

std::vector<WordSequence> word_sequences(LogProbsView log_probs, const WordTrie& trie, std::int64_t blank,
                                         std::size_t width, std::size_t top) {
  if (width == 0 || top == 0) {
    throw Error(ErrorCategory::usage, "word search", "a width and a number of sequences above 0", "0");
  }
  if (log_probs.frames < 1) throw Error(ErrorCategory::bad_data, "log-probabilities", "at least one frame", "none");
  for (const WordTrie::Node& n : std::span(trie.nodes()).subspan(1)) {
    require_labels({&n.label, 1}, log_probs.classes, blank);
  }
  SequenceSearch search(trie, blank, width);
  for (std::int64_t t = 0; t < log_probs.frames; ++t) search.step(log_probs.row(t));
  return search.finish(top);
}

}  // namespace seben::ctc
