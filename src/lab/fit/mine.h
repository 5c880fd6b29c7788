// SPDX-License-Identifier: Apache-2.0
// Confusion maps from texts as they were read and as they were said.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "correct/confusions.h"
#include "text/nko/vocabulary.h"

namespace seben::correction {

struct TextPair {
  std::string hypothesis, reference;
  std::string where;  ///< for messages
};

struct MineOptions {
  std::int64_t min_support = 3;          ///< confusions seen less often are dropped
  std::int64_t min_context_support = 2;  ///< the same of contexts
  std::size_t max_contexts = 64;         ///< of one confusion: the most frequent
};

struct MineResult {
  ConfusionMaps maps;
  std::int64_t symbols = 0;  ///< of the hypotheses
  std::int64_t edits = 0;    ///< that would mend them
  std::int64_t kept = 0;     ///< of these, edits that the maps propose
};

/// Texts are normalised first. Error(bad_data) names the pair and the first character that the vocabulary cannot write.
[[nodiscard]] MineResult mine(std::span<const TextPair> pairs, const nko::Vocabulary& vocabulary,
                              const MineOptions& options);

}  // namespace seben::correction
