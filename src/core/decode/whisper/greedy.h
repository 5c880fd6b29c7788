// SPDX-License-Identifier: Apache-2.0
// One token after the other: the most probable, or one drawn by chance.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "decode/whisper/search.h"

namespace seben::generate {

struct Sampling {
  double temperature = 0.0;  ///< above 0
  std::int64_t best_of = 5;  ///< texts that are drawn
  std::uint64_t seed = 0;    ///< equal seeds draw equal texts
};

[[nodiscard]] std::unique_ptr<Search> greedy(const SearchFrame& frame);

/// Texts drawn from softmax(scores / temperature), which are independent of each other; the best of them as of beam.h.
/// Log-probabilities are those at temperature 1, as in openai-whisper.
[[nodiscard]] std::unique_ptr<Search> sample(const SearchFrame& frame, const Sampling& sampling,
                                             std::optional<double> length_penalty);

}  // namespace seben::generate
