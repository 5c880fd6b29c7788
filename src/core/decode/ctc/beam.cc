// SPDX-License-Identifier: Apache-2.0
#include "decode/ctc/beam.h"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include "decode/ctc/fusion.h"
#include "seben/error.h"

namespace seben::ctc {
namespace {

constexpr double kLogZero = -std::numeric_limits<double>::infinity();
constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();

// A prefix that has been in the beam, as a node of the tree of them. Nodes stay when they leave it: they may come back.
struct Node {
  std::size_t parent = kNone;
  std::int64_t label = -1;
  std::size_t first_child = kNone;
  std::size_t next_sibling = kNone;
  std::size_t entry = kNone;  // its place among the entries of the frame being read
};

// A prefix of the beam, or a candidate for the next one: then it has a node only if it has been in the beam before.
struct Entry {
  std::size_t node = kNone;
  std::size_t parent = kNone;
  std::int64_t label = -1;
  Fusion::State fusion;
  double blank = kLogZero, symbol = kLogZero;  // of the paths that end in the blank, in the last symbol
  double log_prob = kLogZero;                  // of both together, filled in once the frame is read

  [[nodiscard]] double score() const { return log_prob + fusion.score; }
};

class Search {
 public:
  Search(const nko::Vocabulary& vocabulary, const BeamOptions& options)
      : vocabulary_(vocabulary), options_(options), fusion_(vocabulary, options) {
    nodes_.emplace_back();
    Entry root;
    root.node = 0;
    root.fusion = fusion_.start();
    root.blank = root.log_prob = 0.0;
    beam_.push_back(root);
  }

  void step(std::span<const float> row) {
    choose_classes(row);
    next_.clear();
    // First the prefixes themselves, so that what grows into one of them finds it.
    for (const Entry& from : beam_) stay(from, row);
    for (const Entry& from : beam_) grow(from, row);
    for (const Entry& entry : next_) {
      if (entry.node != kNone) nodes_[entry.node].entry = kNone;
    }
    std::erase_if(next_, [](Entry& e) { return (e.log_prob = log_add(e.blank, e.symbol)) == kLogZero; });
    cut(next_, options_.width);
    for (Entry& entry : next_) {
      if (entry.node == kNone) entry.node = make_node(entry.parent, entry.label);
    }
    std::swap(beam_, next_);
  }

  std::vector<BeamText> finish() {
    for (Entry& entry : beam_) fusion_.finish(entry.fusion);
    std::erase_if(beam_, [](const Entry& e) { return e.score() == kLogZero; });
    cut(beam_, options_.top);
    std::vector<BeamText> out;
    for (const Entry& entry : beam_) {
      BeamText text{{}, entry.log_prob, entry.score()};
      for (std::size_t at = entry.node; at != 0; at = nodes_[at].parent) text.labels.push_back(nodes_[at].label);
      std::ranges::reverse(text.labels);
      out.push_back(std::move(text));
    }
    return out;
  }

 private:
  void choose_classes(std::span<const float> row) {
    classes_.clear();
    const auto best = std::ranges::max_element(row) - row.begin();
    for (std::size_t c = 0; c < row.size(); ++c) {
      const auto log_prob = static_cast<double>(row[c]);
      const bool tried = log_prob >= options_.min_log_prob || static_cast<std::ptrdiff_t>(c) == best;
      const auto label = static_cast<std::int64_t>(c);
      if (tried && log_prob != kLogZero && label != vocabulary_.blank()) classes_.push_back(label);
    }
  }

  // Paths that add a blank or hold the last symbol.
  void stay(const Entry& from, std::span<const float> row) {
    Entry same = from;
    same.blank = from.log_prob + static_cast<double>(row[static_cast<std::size_t>(vocabulary_.blank())]);
    same.symbol =
        from.label < 0 ? kLogZero : from.symbol + static_cast<double>(row[static_cast<std::size_t>(from.label)]);
    nodes_[from.node].entry = next_.size();
    next_.push_back(same);
  }

  // Paths that add a symbol; the last one again is a new one only after a blank.
  void grow(const Entry& from, std::span<const float> row) {
    for (const std::int64_t c : classes_) {
      const double before = c == from.label ? from.blank : from.log_prob;
      if (before == kLogZero) continue;
      const double log_prob = before + static_cast<double>(row[static_cast<std::size_t>(c)]);
      const std::size_t node = find_child(from.node, c);
      if (node != kNone && nodes_[node].entry != kNone) {
        double& symbol = next_[nodes_[node].entry].symbol;
        symbol = log_add(symbol, log_prob);
        continue;
      }
      Entry made;
      made.node = node;
      made.parent = from.node;
      made.label = c;
      made.fusion = from.fusion;
      fusion_.add(made.fusion, c);
      made.symbol = log_prob;
      if (made.fusion.score != kLogZero) next_.push_back(made);
    }
  }

  [[nodiscard]] std::size_t find_child(std::size_t node, std::int64_t label) const {
    for (std::size_t at = nodes_[node].first_child; at != kNone; at = nodes_[at].next_sibling) {
      if (nodes_[at].label == label) return at;
    }
    return kNone;
  }
  std::size_t make_node(std::size_t parent, std::int64_t label) {
    nodes_.push_back({parent, label, kNone, nodes_[parent].first_child, kNone});
    return nodes_[parent].first_child = nodes_.size() - 1;
  }

  // The best `size`, best first; equal ones as they were found.
  static void cut(std::vector<Entry>& entries, std::size_t size) {
    std::vector<std::pair<double, std::size_t>> ranked;
    ranked.reserve(entries.size());
    for (std::size_t i = 0; i < entries.size(); ++i) ranked.emplace_back(-entries[i].score(), i);
    const std::size_t kept = std::min(size, entries.size());
    std::ranges::partial_sort(ranked, ranked.begin() + static_cast<std::ptrdiff_t>(kept));
    std::vector<Entry> best;
    best.reserve(kept);
    for (std::size_t i = 0; i < kept; ++i) best.push_back(entries[ranked[i].second]);
    entries = std::move(best);
  }

  const nko::Vocabulary& vocabulary_;
  const BeamOptions& options_;
  Fusion fusion_;
  std::vector<Node> nodes_;
  std::vector<Entry> beam_, next_;
  std::vector<std::int64_t> classes_;
};

void check(LogProbsView log_probs, const nko::Vocabulary& vocabulary, const BeamOptions& options) {
  if (options.width == 0 || options.top == 0) {
    throw Error(ErrorCategory::usage, "beam search", "a width and a number of texts above 0", "0");
  }
  if (log_probs.classes != static_cast<std::int64_t>(vocabulary.size())) {
    throw Error(ErrorCategory::bad_data, "log-probabilities", std::to_string(vocabulary.size()) + " classes",
                std::to_string(log_probs.classes));
  }
  require_normalised(log_probs, "log-probabilities");
}

}  // namespace

std::vector<BeamText> beam_search(LogProbsView log_probs, const nko::Vocabulary& vocabulary,
                                  const BeamOptions& options) {
  check(log_probs, vocabulary, options);
  Search search(vocabulary, options);
  for (std::int64_t t = 0; t < log_probs.frames; ++t) search.step(log_probs.row(t));
  return search.finish();
}

}  // namespace seben::ctc
