// SPDX-License-Identifier: Apache-2.0
// Two bundles on the same recordings: how error rates change, over the same utterances, and whether one is exactly
// right more often than chance would have it.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "evaluate/evaluation.h"

namespace seben::pipeline {

/// One mode over one condition.
struct ComparedCell {
  std::string condition, mode;
  std::int64_t utterances = 0;
  nko::ErrorRate before, after;  ///< by code point
  nko::RateChange characters, words;
  std::int64_t right_before = 0, right_after = 0;  ///< utterances that are exactly right
  std::int64_t only_before = 0, only_after = 0;    ///< and wrong in the other
  double p = 1.0;                                  ///< exact_mcnemar of these two
};

struct Comparison {
  std::string before, after;  ///< names of the bundles
  std::vector<ComparedCell> cells;
  std::int64_t unpaired = 0;  ///< recordings that only one of them could transcribe
};

/// Two-sided p-value of McNemar's test in its exact, binomial form: how likely so unequal counts of discordant pairs
/// are when neither is better; 1 without any.
[[nodiscard]] double exact_mcnemar(std::int64_t one, std::int64_t other);

/// Modes that both have, over the conditions of `after`, then "all" when there are several. Error(incomplete) when
/// there is no recording that both have transcribed.
[[nodiscard]] Comparison compare(const Evaluation& before, const Evaluation& after);

[[nodiscard]] nlohmann::json to_json(const Comparison& comparison);
/// A line a cell, under a headline.
[[nodiscard]] std::string comparison_table(const Comparison& comparison);

}  // namespace seben::pipeline
