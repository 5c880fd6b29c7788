// SPDX-License-Identifier: Apache-2.0
#include "correct/place.h"

#include <utility>

#include "decode/ctc/align.h"

namespace seben::correction {

std::optional<std::vector<ctc::Symbol>> place(ctc::LogProbsView log_probs, const std::string& hypothesis,
                                              const nko::Vocabulary& vocabulary) {
  ctc::Hypothesis greedy = ctc::greedy(log_probs, vocabulary.blank());
  if (ctc::to_text(greedy.symbols, vocabulary) == hypothesis) return std::move(greedy.symbols);
  auto aligned = ctc::align(log_probs, vocabulary.encode(hypothesis, "hypothesis"), vocabulary.blank());
  if (!aligned) return std::nullopt;
  return std::move(aligned->symbols);
}

}  // namespace seben::correction
