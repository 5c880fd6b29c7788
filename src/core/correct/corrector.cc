// SPDX-License-Identifier: Apache-2.0
#include "correct/corrector.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "correct/probability.h"
#include "decode/ctc/align.h"
#include "seben/error.h"

namespace seben::correction {
namespace {

struct Choice {
  std::size_t index = 0;  // 0: COPY
  double probability = 0.0;
};

// Edits so far, by where they are in the text as it is now: later ones keep a symbol's distance.
class Touched {
 public:
  [[nodiscard]] bool allows(const ctc::LabelEdit& edit) const {
    return std::ranges::all_of(places_, [&](std::int64_t p) { return std::abs(edit.position - p) > 1; });
  }
  void add(const ctc::LabelEdit& edit) {
    const std::int64_t shift = (edit.inserted >= 0 ? 1 : 0) - edit.removed;
    for (std::int64_t& p : places_) p += p >= edit.position ? shift : 0;
    places_.push_back(edit.position);
  }

 private:
  std::vector<std::int64_t> places_;
};

// By log-odds: probabilities of sure edits all round to 1. Of equal ones the first.
Choice choose(const Ranker& ranker, const Proposals& found, const Touched& touched) {
  Choice best;
  double most = -std::numeric_limits<double>::infinity();
  for (std::size_t i = 1; i < found.candidates.size(); ++i) {
    if (!touched.allows(found.candidates[i].edit)) continue;
    const double log_odds = ranker.log_odds(found.features[i]);
    if (log_odds <= most) continue;
    most = log_odds;
    best = {i, sigmoid(log_odds)};
  }
  return best;
}

}  // namespace

Corrector::Corrector(Ranker ranker, const nko::Vocabulary& vocabulary, std::shared_ptr<const lm::NgramModel> model)
    : ranker_(std::move(ranker)),
      proposer_(ranker_.confusions, vocabulary, {ranker_.limits.max_candidates}, std::move(model)) {}

Correction Corrector::correct(ctc::LogProbsView log_probs, std::span<const ctc::Symbol> symbols,
                              const CorrectorOptions& options, Proposals& memory) const {
  Correction out;
  out.symbols.assign(symbols.begin(), symbols.end());
  if (symbols.empty()) return out;
  const double threshold = ranker_.threshold(options.mode);
  const std::int64_t rounds = options.max_edits.value_or(ranker_.limits.max_edits);
  Touched touched;
  for (std::int64_t round = 0; round < rounds; ++round) {
    proposer_.propose(log_probs, out.symbols, memory);
    const Choice choice = choose(ranker_, memory, touched);
    if (round == 0) {
      out.candidates = static_cast<std::int64_t>(memory.candidates.size()) - 1;
      out.best_probability = choice.probability;
    }
    if (choice.index == 0 || choice.probability < threshold) break;
    const ctc::LabelEdit& edit = memory.candidates[choice.index].edit;
    const ctc::Labels labels = ctc::apply(memory.labels, edit);
    auto aligned = ctc::align(log_probs, labels, proposer_.vocabulary().blank());
    if (!aligned) break;  // the frames cannot carry the text: whatever the ranker says, nobody said it
    out.edits.push_back(describe(choice.index, choice.probability, memory, options.max_reasons));
    out.edits.back().room = room_of(edit, out.symbols, log_probs.frames);
    ctc::set_confidences(aligned->symbols);
    out.symbols = std::move(aligned->symbols);
    touched.add(edit);
  }
  return out;
}

AppliedEdit Corrector::describe(std::size_t index, double probability, const Proposals& found,
                                std::size_t max_reasons) const {
  const ctc::LabelEdit& edit = found.candidates[index].edit;
  AppliedEdit out;
  out.kind = kind_of(edit);
  out.position = edit.position;
  out.from = edit.removed != 0 ? found.labels[static_cast<std::size_t>(edit.position)] : -1;
  out.to = edit.inserted;
  out.probability = probability;
  out.gain = found.scores[index] - found.scores[0];
  const auto names = feature_names();
  for (std::size_t i = 0; i < names.size(); ++i) {
    const double value = found.features[index][i];
    out.reasons.push_back({names[i], value, ranker_.contribution(i, value)});
  }
  std::ranges::stable_sort(out.reasons, [](const Reason& a, const Reason& b) {
    return std::abs(a.contribution) > std::abs(b.contribution);
  });
  out.reasons.resize(std::min(max_reasons, out.reasons.size()));
  return out;
}

}  // namespace seben::correction
