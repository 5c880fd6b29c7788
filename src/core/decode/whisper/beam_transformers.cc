// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "decode/whisper/beam.h"
#include "decode/whisper/beam_rows.h"

namespace seben::generate {
namespace {

struct Ended {
  Hypothesis text;
  double score = 0.0;
};

// The best `size` texts that ended.
class EndedTexts {
 public:
  EndedTexts(std::size_t size, double penalty) : size_(size), penalty_(penalty) {}

  [[nodiscard]] double penalised(float sum, std::size_t length) const {
    return static_cast<double>(sum) / std::pow(static_cast<double>(length), penalty_);
  }
  // `length`: with the end, where it was reached.
  void add(const std::vector<std::int32_t>& tokens, float sum, std::size_t length) {
    const double score = penalised(sum, length);
    if (texts_.size() == size_ && score <= texts_.back().score) return;
    texts_.push_back({{tokens, static_cast<double>(sum)}, score});
    std::ranges::stable_sort(texts_, std::ranges::greater{}, &Ended::score);
    if (texts_.size() > size_) texts_.pop_back();
  }
  // Whether a text of that sum could still come in.
  [[nodiscard]] bool closed_to(float sum, std::size_t length) const {
    return texts_.size() == size_ && texts_.back().score >= penalised(sum, length);
  }
  [[nodiscard]] const Hypothesis& best() const { return texts_.front().text; }

 private:
  std::size_t size_;
  double penalty_;
  std::vector<Ended> texts_;  // best first
};

}  // namespace

Hypothesis transformers_beam(const SearchState& state, std::int64_t beam_size, double length_penalty) {
  const auto size = static_cast<std::size_t>(beam_size);
  const std::int32_t end = state.rules.options().endoftext;
  EndedTexts ended(size, length_penalty);
  BeamRows beams(state);
  std::vector<Candidate> candidates, chosen;
  std::vector<std::int32_t> tokens;
  const std::int64_t limit = state.limit();
  bool closed = false;
  for (std::int64_t length = 0; length < limit && !closed; ++length) {
    candidates.clear();
    for (std::size_t r = 0; r < beams.rows().size(); ++r) {
      const BeamRow& row = beams.rows()[r];
      const std::span<float> scores = beams.scores(r);
      beams.normalise(r);
      state.rules.apply(row.tokens, scores);
      largest(scores, 2 * size, tokens);
      for (const std::int32_t token : tokens) {
        const float score = scores[static_cast<std::size_t>(token)];
        if (std::isfinite(score)) candidates.push_back({r, token, row.sum + score});
      }
    }
    std::ranges::stable_sort(candidates, std::ranges::greater{}, &Candidate::sum);
    if (candidates.size() > 2 * size) candidates.resize(2 * size);
    chosen.clear();
    for (std::size_t rank = 0; rank < candidates.size() && chosen.size() < size; ++rank) {
      const Candidate& c = candidates[rank];
      if (c.token != end) {
        chosen.push_back(c);
      } else if (rank < size) {
        ended.add(beams.rows()[c.row].tokens, c.sum, static_cast<std::size_t>(length) + 1);
      }
    }
    if (chosen.empty()) return ended.best();
    closed = ended.closed_to(candidates.front().sum, static_cast<std::size_t>(length) + 1);
    beams.advance(chosen, closed || length + 1 == limit);
  }
  if (!closed) {
    for (const BeamRow& row : beams.rows()) ended.add(row.tokens, row.sum, row.tokens.size());
  }
  return ended.best();
}

}  // namespace seben::generate
