// SPDX-License-Identifier: Apache-2.0
// Which symbols a recogniser confuses, counted: what correction may propose, and how likely each proposal is before the
// sound is looked at. A file of its own or a part of ranker.json (docs/correction.md).
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <vector>

#include "correct/candidate.h"
#include "text/nko/vocabulary.h"

namespace seben::base {
class JsonReader;
}

namespace seben::correction {

/// The same confusion between given neighbours of the hypothesis; "" is the end of the text.
struct ConfusionContext {
  std::string left, right;
  std::int64_t count = 0;  ///< confusions
  std::int64_t of = 0;     ///< opportunities: how often the symbol (or the gap) stood there

  [[nodiscard]] bool operator==(const ConfusionContext&) const = default;
};

/// What has to be done to the hypothesis: SUB from → to, DEL from, INS to.
struct Confusion {
  EditKind kind = EditKind::substitution;
  std::string from;  ///< "" for INS
  std::string to;    ///< "" for DEL
  std::int64_t count = 0;
  std::int64_t of = 0;  ///< opportunities: occurrences of `from`, for INS all gaps
  std::vector<ConfusionContext> contexts;

  [[nodiscard]] bool operator==(const Confusion&) const = default;
};

struct ConfusionMaps {
  std::vector<Confusion> confusions;  ///< by kind, from, to; contexts by left, right

  [[nodiscard]] bool operator==(const ConfusionMaps&) const = default;

  /// Error(bad_data) names the field: another schema or version, an impossible kind, counts that are not 1..of, entries
  /// that are not in order or there twice.
  [[nodiscard]] static ConfusionMaps from_json(const base::JsonReader& json);
  [[nodiscard]] static ConfusionMaps load(const std::string& path);
  /// Canonical: equal maps are equal values.
  [[nodiscard]] nlohmann::json to_json() const;
};

/// The maps over the labels of one vocabulary, ready for lookup. Immutable; thread-safe.
class ConfusionTable {
 public:
  struct Context {
    std::int64_t left = -1, right = -1;  ///< labels; -1: the end of the text
    double prior = 0.0;
  };
  struct Option {
    std::int64_t to = -1;  ///< -1: deletion
    double prior = 0.0;    ///< count / of
    std::int64_t support = 0;
    std::vector<Context> contexts;  ///< by left, right

    /// Smoothed towards the general prior as if that had been seen kContextWeight times.
    [[nodiscard]] double prior_at(std::int64_t left, std::int64_t right) const noexcept;
  };
  static constexpr double kContextWeight = 4.0;

  /// Error(bad_data) for a symbol that no class writes, or that is masked.
  ConfusionTable(const ConfusionMaps& maps, const nko::Vocabulary& vocabulary);

  /// Substitutions and the deletion of a label.
  [[nodiscard]] std::span<const Option> changes(std::int64_t label) const {
    return changes_[static_cast<std::size_t>(label)];
  }
  [[nodiscard]] std::span<const Option> insertions() const noexcept { return insertions_; }

 private:
  std::vector<std::vector<Option>> changes_;
  std::vector<Option> insertions_;
};

}  // namespace seben::correction
