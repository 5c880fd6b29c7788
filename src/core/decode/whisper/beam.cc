// SPDX-License-Identifier: Apache-2.0
#include "decode/whisper/beam.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "decode/whisper/beam_rows.h"
#include "seben/error.h"

namespace seben::generate {

std::vector<Hypothesis> beam(const SearchState& state, const BeamOptions& options) {
  const auto size = static_cast<std::size_t>(options.size);
  const auto wanted = static_cast<std::size_t>(std::nearbyint(static_cast<double>(size) * options.patience));
  if (wanted < 1) {
    throw Error(ErrorCategory::usage, "decoding: patience", "at least one text", std::to_string(options.patience));
  }
  const std::int32_t end = state.rules.options().endoftext;
  std::vector<Hypothesis> ended;
  BeamRows beams(state);
  std::vector<Candidate> candidates, chosen;
  std::vector<std::int32_t> tokens;
  const std::int64_t limit = state.limit();
  for (std::int64_t length = 0; length < limit && ended.size() < wanted; ++length) {
    candidates.clear();
    for (std::size_t r = 0; r < beams.rows().size(); ++r) {
      const BeamRow& row = beams.rows()[r];
      const std::span<float> scores = beams.scores(r);
      state.rules.apply(row.tokens, scores);
      beams.normalise(r);
      largest(scores, size + 1, tokens);
      for (const std::int32_t token : tokens) {
        const float score = scores[static_cast<std::size_t>(token)];
        if (std::isfinite(score)) candidates.push_back({r, token, row.sum + score});
      }
    }
    std::ranges::stable_sort(candidates, std::ranges::greater{}, &Candidate::sum);
    chosen.clear();
    for (const Candidate& c : candidates) {
      if (chosen.size() == size) break;
      if (c.token != end) {
        chosen.push_back(c);
      } else if (ended.size() < wanted) {
        ended.push_back({beams.rows()[c.row].tokens, static_cast<double>(c.sum)});
      }
    }
    if (chosen.empty()) break;
    beams.advance(chosen, length + 1 == limit || ended.size() >= wanted);
  }
  if (ended.size() < size) {
    std::ranges::stable_sort(beams.rows(), std::ranges::greater{}, &BeamRow::sum);
    for (const BeamRow& row : beams.rows()) {
      if (ended.size() == size) break;
      ended.push_back({row.tokens, static_cast<double>(row.sum)});
    }
  }
  return ended;
}

const Hypothesis& best(std::span<const Hypothesis> texts, std::optional<double> length_penalty) {
  const auto score = [&](const Hypothesis& text) {
    const auto length = static_cast<double>(std::max<std::size_t>(text.tokens.size(), 1));
    return text.sum_logprob / (length_penalty ? std::pow((5.0 + length) / 6.0, *length_penalty) : length);
  };
  const Hypothesis* chosen = &texts.front();
  for (const Hypothesis& text : texts) {
    if (score(text) > score(*chosen)) chosen = &text;
  }
  return *chosen;
}

}  // namespace seben::generate
