// SPDX-License-Identifier: Apache-2.0
#include "correct/proposer.h"

#include <utility>

namespace seben::correction {

Proposer::Proposer(const ConfusionMaps& maps, const nko::Vocabulary& vocabulary, GenerateLimits limits,
                   std::shared_ptr<const lm::NgramModel> model)
    : vocabulary_(vocabulary),
      table_(maps, vocabulary),
      neighbours_(vocabulary),
      limits_(limits),
      model_(std::move(model)),
      features_(vocabulary, model_.get()) {}

void Proposer::propose(ctc::LogProbsView log_probs, std::span<const ctc::Symbol> symbols, Proposals& out) const {
  out.labels.clear();
  for (const ctc::Symbol& s : symbols) out.labels.push_back(s.label);
  generate(out.labels, table_, neighbours_, limits_, out.generator, out.candidates);
  out.edits.clear();
  for (const Candidate& c : out.candidates) out.edits.push_back(c.edit);
  out.scores.resize(out.edits.size());
  out.scorer.prepare(log_probs, out.labels, vocabulary_.blank());
  out.scorer.scores(out.edits, out.scores);
  features_.compute({log_probs, symbols, out.candidates, out.scores}, out.features);
}

}  // namespace seben::correction
