// SPDX-License-Identifier: Apache-2.0
#include "fit/mine.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "fit/align_texts.h"
#include "text/nko/utf8.h"

namespace seben::correction {
namespace {

using Label = std::int64_t;
using Gap = std::pair<Label, Label>;                // left and right neighbour, -1 at the ends
using Change = std::tuple<EditKind, Label, Label>;  // from, to

class Counter {
 public:
  explicit Counter(const nko::Vocabulary& vocabulary) : vocabulary_(vocabulary), costs_(vocabulary) {}

  void add(const TextPair& pair) {
    const auto read = encode(pair.hypothesis, pair.where + ": hypothesis");
    const auto said = encode(pair.reference, pair.where + ": reference");
    count_opportunities(read);
    for (const AlignedEdit& found : align_texts(read, said, costs_)) {
      const Gap gap = neighbours(read, found.edit.position, found.edit.removed);
      ++changes_[{kind_of(found.edit), found.from, found.edit.inserted}][gap];
      ++edits_;
    }
  }

  [[nodiscard]] MineResult result(const MineOptions& options) const {
    MineResult out;
    out.symbols = symbols_;
    out.edits = edits_;
    for (const auto& [change, gaps] : changes_) {
      std::int64_t count = 0;
      for (const auto& [gap, n] : gaps) count += n;
      if (count < options.min_support) continue;
      out.kept += count;
      out.maps.confusions.push_back(describe(change, gaps, count, options));
    }
    std::ranges::sort(out.maps.confusions, {}, [](const Confusion& c) { return std::tie(c.kind, c.from, c.to); });
    return out;
  }

 private:
  [[nodiscard]] std::vector<Label> encode(const std::string& text, const std::string& where) const {
    return vocabulary_.encode(nko::normalise(text, where), where);
  }
  static Gap neighbours(const std::vector<Label>& labels, std::int64_t position, std::int64_t removed) {
    const auto at = [&](std::int64_t i) {
      return i >= 0 && i < static_cast<std::int64_t>(labels.size()) ? labels[static_cast<std::size_t>(i)] : -1;
    };
    return {at(position - 1), at(position + removed)};
  }
  void count_opportunities(const std::vector<Label>& labels) {
    for (std::int64_t i = 0; i <= static_cast<std::int64_t>(labels.size()); ++i) {
      ++opportunities_[-1][neighbours(labels, i, 0)];
      ++totals_[-1];
      if (i == static_cast<std::int64_t>(labels.size())) break;
      const Label label = labels[static_cast<std::size_t>(i)];
      ++opportunities_[label][neighbours(labels, i, 1)];
      ++totals_[label];
      ++symbols_;
    }
  }
  [[nodiscard]] std::string text(Label label) const { return label < 0 ? "" : vocabulary_.text(label); }

  [[nodiscard]] Confusion describe(const Change& change, const std::map<Gap, std::int64_t>& gaps, std::int64_t count,
                                   const MineOptions& options) const {
    const auto& [kind, from, to] = change;
    Confusion out{kind, text(from), text(to), count, totals_.at(from), {}};
    std::vector<std::pair<std::int64_t, Gap>> frequent;
    for (const auto& [gap, n] : gaps) {
      if (n >= options.min_context_support) frequent.emplace_back(-n, gap);
    }
    std::ranges::sort(frequent);
    if (frequent.size() > options.max_contexts) frequent.resize(options.max_contexts);
    for (const auto& [negative, gap] : frequent) {
      out.contexts.push_back({text(gap.first), text(gap.second), -negative, opportunities_.at(from).at(gap)});
    }
    std::ranges::sort(out.contexts, {}, [](const ConfusionContext& c) { return std::tie(c.left, c.right); });
    return out;
  }

  const nko::Vocabulary& vocabulary_;
  EditCosts costs_;
  std::map<Change, std::map<Gap, std::int64_t>> changes_;
  std::map<Label, std::map<Gap, std::int64_t>> opportunities_;  // by symbol; -1: gaps
  std::map<Label, std::int64_t> totals_;
  std::int64_t symbols_ = 0, edits_ = 0;
};

}  // namespace

MineResult mine(std::span<const TextPair> pairs, const nko::Vocabulary& vocabulary, const MineOptions& options) {
  Counter counter(vocabulary);
  for (const TextPair& pair : pairs) counter.add(pair);
  return counter.result(options);
}

}  // namespace seben::correction
