// SPDX-License-Identifier: Apache-2.0
// What the ranker looks at: one vector of numbers for each candidate. docs/correction.md has every formula.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "correct/candidate.h"
#include "decode/ctc/greedy.h"
#include "decode/ctc/log_probs.h"
#include "text/lm/ngram.h"
#include "text/nko/vocabulary.h"

namespace seben::correction {

/// Places of the features in a vector; feature_names() has their names in the same order.
enum class Feature : std::uint8_t {
  is_substitution,
  is_deletion,
  is_insertion,
  changes_space,  ///< the symbol that goes or comes is a space
  voicing,        ///< SUB: articulatory differences between the two symbols, 0..1, else 0
  place,
  manner,
  nasality,
  height,
  backness,
  roundness,
  length,
  tone,
  articulatory_distance,  ///< SUB: distance; DEL, INS: weight of the symbol
  gain,                   ///< log P(candidate) - log P(hypothesis), within -40..40
  gain_per_frame,         ///< gain over the frames of the room
  gain_rank,              ///< ln(1 + rank of the candidate among the edits by score, from 0)
  log_posterior,          ///< log P(candidate) - log of the sum over all candidates, COPY among them, at least -40
  margin,                 ///< in nats, how much the frames would rather (or less not) read the new symbol
  symbol_log_prob,        ///< mean log-probability of the replaced symbol over its frames; INS: 0
  prior,                  ///< log-odds of the confusion's prior at this place, within -12..12
  log_support,            ///< ln(1 + times the confusion was seen)
  language_model_gain,    ///< ln P(candidate) - ln P(hypothesis) by the language model, within -40..40; 0 without one
  valid_before,           ///< 1 when the words around the edit are possible N'Ko in the hypothesis, else 0
  valid_after,            ///< the same in the candidate
  position,               ///< place of the edit over the hypothesis' symbols, 0..1
  log_length,             ///< ln(1 + symbols of the hypothesis)
  log_room,               ///< ln(1 + frames of the room)
};
inline constexpr std::size_t kFeatures = static_cast<std::size_t>(Feature::log_room) + 1;

using FeatureVector = std::array<double, kFeatures>;
[[nodiscard]] std::span<const std::string_view> feature_names() noexcept;

/// Frames [first, end) that an edit has to itself: for SUB and DEL those between the neighbours of the symbol, for INS
/// those between its new neighbours, at most 25 of them (the nearest to the symbol before; at the start of the text the
/// nearest to the first symbol). Empty when the neighbours touch.
struct Room {
  std::int64_t first = 0;
  std::int64_t end = 0;
};
[[nodiscard]] Room room_of(const ctc::LabelEdit& edit, std::span<const ctc::Symbol> symbols, std::int64_t frames);

/// Everything about one utterance that features depend on.
struct Evidence {
  ctc::LogProbsView log_probs;
  std::span<const ctc::Symbol> symbols;   ///< the hypothesis, frames counted as in log_probs
  std::span<const Candidate> candidates;  ///< COPY first
  std::span<const double> scores;         ///< log P of each candidate
};

/// Immutable; thread-safe.
class FeatureExtractor {
 public:
  /// `model` may be nullptr and must outlive the extractor.
  FeatureExtractor(const nko::Vocabulary& vocabulary, const lm::NgramModel* model);

  /// One vector a candidate, into `out`. COPY's is all 0 but for what the hypothesis alone says.
  void compute(const Evidence& evidence, std::vector<FeatureVector>& out) const;

 private:
  struct ClassFacts {
    std::u32string code_points;
    std::vector<lm::NgramModel::Token> tokens;  ///< of the language model
  };
  class Utterance;

  std::vector<ClassFacts> classes_;
  std::int64_t blank_ = -1;
  std::int64_t space_ = -1;
  const lm::NgramModel* model_ = nullptr;
};

}  // namespace seben::correction
