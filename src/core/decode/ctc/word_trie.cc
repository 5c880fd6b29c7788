// SPDX-License-Identifier: Apache-2.0
#include "decode/ctc/word_trie.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "seben/error.h"

namespace seben::ctc {
namespace {

constexpr double kNoPath = -std::numeric_limits<double>::infinity();

// log_add, but for what double precision would not show.
double add_logs(double a, double b) noexcept {
  const double high = std::max(a, b), low = std::min(a, b);
  return high - low < 40.0 ? high + std::log1p(std::exp(low - high)) : high;  // false for two -infinities, too
}

}  // namespace

std::uint32_t WordTrie::child(std::uint32_t node, std::int64_t label) const noexcept {
  std::uint32_t at = nodes_[node].first_child;
  while (at != kNone && nodes_[at].label != label) at = nodes_[at].next_sibling;
  return at;
}

void WordTrie::add(std::span<const std::int64_t> spelling, std::uint32_t entry) {
  if (spelling.empty()) throw Error(ErrorCategory::bad_data, "word", "at least one letter", "none");
  std::uint32_t at = 0;
  for (const std::int64_t label : spelling) {
    std::uint32_t next = child(at, label);
    if (next == kNone) {
      if (nodes_.size() > kMaxLabels) {
        throw Error(ErrorCategory::bad_data, "words", "at most " + std::to_string(kMaxLabels) + " letters", "more");
      }
      next = static_cast<std::uint32_t>(nodes_.size());
      nodes_.push_back({label, at, kNone, nodes_[at].first_child, kNone});
      nodes_[at].first_child = next;
    }
    at = next;
  }
  std::uint32_t& owner = nodes_[at].entry;
  if (owner != kNone && owner != entry) {
    throw Error(ErrorCategory::bad_data, "word", "another spelling than word " + std::to_string(owner + 1) + " has",
                "the same");
  }
  owner = entry;
  entries_ = std::max<std::size_t>(entries_, entry + std::size_t{1});
}

std::uint32_t WordTrie::find(std::span<const std::int64_t> spelling) const noexcept {
  std::uint32_t at = 0;
  for (const std::int64_t label : spelling) {
    at = child(at, label);
    if (at == kNone) return kNone;
  }
  return nodes_[at].entry;
}

std::vector<double> word_scores(LogProbsView log_probs, const WordTrie& trie, std::int64_t blank) {
  if (log_probs.frames < 1) throw Error(ErrorCategory::bad_data, "log-probabilities", "at least one frame", "none");
  const std::vector<WordTrie::Node>& nodes = trie.nodes();
  for (const WordTrie::Node& n : std::span(nodes).subspan(1)) require_labels({&n.label, 1}, log_probs.classes, blank);
  // Of the paths so far that have read a node's labels: those that end in its own label, and in the blank behind it.
  std::vector<double> own(nodes.size(), kNoPath), behind(nodes.size(), kNoPath);
  behind[0] = 0.0;
  for (std::int64_t t = 0; t < log_probs.frames; ++t) {
    const std::span<const float> row = log_probs.row(t);
    const auto log_blank = static_cast<double>(row[static_cast<std::size_t>(blank)]);
    for (std::size_t i = nodes.size(); i-- > 1;) {  // parents last: their places still hold the frame before
      const WordTrie::Node& n = nodes[i];
      const bool direct = nodes[n.parent].label != n.label;  // equal labels have a blank between them
      const double before = direct ? add_logs(behind[n.parent], own[n.parent]) : behind[n.parent];
      behind[i] = add_logs(behind[i], own[i]) + log_blank;
      own[i] = add_logs(own[i], before) + static_cast<double>(row[static_cast<std::size_t>(n.label)]);
    }
    behind[0] += log_blank;
  }
  std::vector<double> out(trie.entries(), kNoPath);
  for (std::size_t i = 1; i < nodes.size(); ++i) {
    if (nodes[i].entry == WordTrie::kNone) continue;
    out[nodes[i].entry] = add_logs(out[nodes[i].entry], add_logs(behind[i], own[i]));
  }
  return out;
}

LogProbs drop_classes(LogProbsView log_probs, std::span<const std::int64_t> dropped, std::int64_t blank) {
  require_labels(dropped, log_probs.classes, blank);
  const std::span values(log_probs.data, static_cast<std::size_t>(log_probs.frames * log_probs.classes));
  LogProbs out{{values.begin(), values.end()}, log_probs.frames, log_probs.classes};
  for (std::int64_t t = 0; t < out.frames; ++t) {
    float* row = out.values.data() + t * out.classes;
    auto sum = static_cast<double>(row[blank]);
    for (const std::int64_t c : dropped) {
      sum = add_logs(sum, static_cast<double>(row[c]));
      row[c] = -std::numeric_limits<float>::infinity();
    }
    row[blank] = static_cast<float>(sum);
  }
  return out;
}

}  // namespace seben::ctc
