// SPDX-License-Identifier: Apache-2.0
#include "ctc/greedy.h"

#include <algorithm>
#include <cmath>

namespace seben::ctc {

Hypothesis greedy(LogProbsView log_probs, std::int64_t blank, std::int64_t first_frame) {
  Hypothesis out;
  std::int64_t previous = blank;
  for (std::int64_t t = 0; t < log_probs.frames; ++t) {
    const auto row = log_probs.row(t);
    const auto best = static_cast<std::int64_t>(std::ranges::max_element(row) - row.begin());
    const float score = row[static_cast<std::size_t>(best)];
    out.log_prob += static_cast<double>(score);
    if (best != blank) {
      if (best != previous) out.symbols.push_back({best, first_frame + t, first_frame + t, 0.0F, 0.0F});
      out.symbols.back().last_frame = first_frame + t;
      out.symbols.back().log_prob += score;
    }
    previous = best;
  }
  for (Symbol& s : out.symbols) {
    s.confidence = std::exp(s.log_prob / static_cast<float>(s.last_frame - s.first_frame + 1));
  }
  return out;
}

std::string to_text(const std::vector<Symbol>& symbols, const nko::Vocabulary& vocabulary) {
  std::string text;
  for (const Symbol& s : symbols) text += vocabulary.text(s.label);
  return text;
}

std::int64_t frames_needed(const std::vector<std::int64_t>& labels) noexcept {
  auto needed = static_cast<std::int64_t>(labels.size());
  for (std::size_t i = 1; i < labels.size(); ++i) needed += labels[i] == labels[i - 1] ? 1 : 0;
  return needed;
}

}  // namespace seben::ctc
