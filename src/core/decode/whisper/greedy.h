// SPDX-License-Identifier: Apache-2.0
// One token after the other: the most probable, or one drawn by chance.
#pragma once

#include <cstdint>
#include <vector>

#include "decode/whisper/search.h"

namespace seben::generate {

struct Sampling {
  double temperature = 0.0;  ///< above 0
  std::int64_t best_of = 5;  ///< texts that are drawn
  std::uint64_t seed = 0;    ///< equal seeds draw equal texts
};

[[nodiscard]] Hypothesis greedy(const SearchState& state);

/// Texts drawn from softmax(scores / temperature), which are independent of each other. Log-probabilities are those at
/// temperature 1, as in openai-whisper.
[[nodiscard]] std::vector<Hypothesis> sample(const SearchState& state, const Sampling& sampling);

}  // namespace seben::generate
