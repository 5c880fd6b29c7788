// SPDX-License-Identifier: Apache-2.0
#include "decode/ctc/greedy.h"

#include <cmath>
#include <string>

#include "seben/error.h"

namespace seben::ctc {
namespace {

// The first NaN if there is one, else the first of the largest.
std::int64_t best_class(std::span<const float> row) {
  std::size_t best = 0;
  for (std::size_t c = 0; c < row.size(); ++c) {
    if (std::isnan(row[c])) return static_cast<std::int64_t>(c);
    if (row[c] > row[best]) best = c;
  }
  return static_cast<std::int64_t>(best);
}

}  // namespace

Hypothesis greedy(LogProbsView log_probs, std::int64_t blank, std::int64_t first_frame) {
  if (blank < 0 || blank >= log_probs.classes) {
    throw Error(ErrorCategory::bad_data, "blank", "0.." + std::to_string(log_probs.classes - 1), std::to_string(blank));
  }
  Hypothesis out;
  std::int64_t previous = blank;
  for (std::int64_t t = 0; t < log_probs.frames; ++t) {
    const auto row = log_probs.row(t);
    const std::int64_t best = best_class(row);
    const float score = row[static_cast<std::size_t>(best)];
    if (!std::isfinite(score)) {
      throw Error(ErrorCategory::bad_data, "log-probabilities: frame " + std::to_string(t), "numbers",
                  std::to_string(score));
    }
    out.log_prob += static_cast<double>(score);
    if (best != blank) {
      if (best != previous) out.symbols.push_back({best, first_frame + t, first_frame + t, 0.0F, 0.0F});
      out.symbols.back().last_frame = first_frame + t;
      out.symbols.back().log_prob += score;
    }
    previous = best;
  }
  set_confidences(out.symbols);
  return out;
}

void set_confidences(std::vector<Symbol>& symbols) noexcept {
  for (Symbol& s : symbols) {
    s.confidence = std::exp(s.log_prob / static_cast<float>(s.last_frame - s.first_frame + 1));
  }
}

std::string to_text(const std::vector<Symbol>& symbols, const nko::Vocabulary& vocabulary) {
  std::string text;
  for (const Symbol& s : symbols) text += vocabulary.text(s.label);
  return text;
}

std::int64_t frames_needed(std::span<const std::int64_t> labels) noexcept {
  auto needed = static_cast<std::int64_t>(labels.size());
  for (std::size_t i = 1; i < labels.size(); ++i) needed += labels[i] == labels[i - 1] ? 1 : 0;
  return needed;
}

}  // namespace seben::ctc
