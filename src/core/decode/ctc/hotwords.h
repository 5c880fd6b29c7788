// SPDX-License-Identifier: Apache-2.0
// Phrases that a beam search should rather find: an automaton (Aho and Corasick 1975) over labels.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "text/nko/vocabulary.h"

namespace seben::ctc {

struct Hotword {
  std::vector<std::int64_t> labels;  ///< without spaces at the ends
  double boost = 0.0;                ///< added to the score of a text each time it holds the phrase, nats
};

/// A phrase counts where it stands between spaces or ends of the text; in a vocabulary without space, anywhere. A text
/// that has read a part of it has its share of the boost, and loses the share when the next symbol does not go on. So a
/// finished text has exactly the boosts of the phrases that it holds, overlapping ones and ones within others too.
class Hotwords {
 public:
  using State = std::uint32_t;

  Hotwords() = default;
  /// Error(bad_data) for a phrase that is empty, begins or ends with a space, is there twice or holds what is no
  /// written class, for a boost that is not above 0 and finite, and for more than kMaxLabels symbols in all.
  Hotwords(std::span<const Hotword> phrases, const nko::Vocabulary& vocabulary);

  static constexpr std::size_t kMaxLabels = 100'000;

  [[nodiscard]] State start() const noexcept { return start_; }
  /// What the score changes by when the text goes on with `label`.
  double advance(State& state, std::int64_t label) const noexcept;
  /// What the score changes by when the text ends.
  [[nodiscard]] double finish(State state) const noexcept;
  [[nodiscard]] bool empty() const noexcept { return shares_.empty(); }

 private:
  void add(const Hotword& phrase, const nko::Vocabulary& vocabulary, std::size_t number);
  void link();
  [[nodiscard]] State& next(State state, std::int64_t label) noexcept {
    return next_[state * classes_ + static_cast<std::size_t>(label)];
  }
  [[nodiscard]] State next(State state, std::int64_t label) const noexcept {
    return next_[state * classes_ + static_cast<std::size_t>(label)];
  }
  [[nodiscard]] State make_state();

  std::size_t classes_ = 0;
  std::int64_t space_ = -1;
  State start_ = 0;
  std::vector<State> next_;     // [states, classes]
  std::vector<double> shares_;  // of the phrases that are being read
  std::vector<double> boosts_;  // of the phrases that end here
};

}  // namespace seben::ctc
