// SPDX-License-Identifier: Apache-2.0
// Error rates: Levenshtein distance of hypothesis and reference over the reference's length, with a bootstrap interval.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace seben::nko {

struct EditCounts {
  std::int64_t substitutions = 0;
  std::int64_t deletions = 0;   ///< in the reference, missing in the hypothesis
  std::int64_t insertions = 0;  ///< in the hypothesis only
  std::int64_t reference = 0;   ///< units of the reference

  [[nodiscard]] std::int64_t errors() const noexcept { return substitutions + deletions + insertions; }
  EditCounts& operator+=(const EditCounts& other) noexcept;
  [[nodiscard]] bool operator==(const EditCounts&) const = default;
};

enum class Unit : std::uint8_t { code_point, grapheme, word };

/// Fewest edits from reference to hypothesis; among equally few, substitutions are preferred to pairs of the others.
/// Both must be UTF-8, else Error(bad_data). An empty hypothesis counts every unit of the reference as deleted.
[[nodiscard]] EditCounts count_edits(std::string_view reference, std::string_view hypothesis, Unit unit);

struct ErrorRate {
  double rate = 0.0;  ///< errors / reference units over the whole corpus; may exceed 1
  double low = 0.0;   ///< 95 % percentile bootstrap over utterances (Efron 1979)
  double high = 0.0;
  EditCounts total;
  std::int64_t utterances = 0;
};

/// Error(bad_data) when there is no utterance or no reference unit. `seed` makes the interval reproducible everywhere.
[[nodiscard]] ErrorRate error_rate(const std::vector<EditCounts>& utterances, int rounds = 2000,
                                   std::uint64_t seed = 1);

/// How an error rate changes from one system to another on the same utterances.
struct RateChange {
  double change = 0.0;  ///< rate after less rate before
  double low = 0.0;     ///< 95 % percentile bootstrap, the same utterances drawn for both
  double high = 0.0;
};
/// Both lists hold the same utterances in the same order; Error(bad_data) otherwise, and without a reference unit.
[[nodiscard]] RateChange rate_change(const std::vector<EditCounts>& before, const std::vector<EditCounts>& after,
                                     int rounds = 2000, std::uint64_t seed = 1);

}  // namespace seben::nko
