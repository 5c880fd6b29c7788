// SPDX-License-Identifier: Apache-2.0
// The frozen correction model, ranker.json (docs/correction.md): a logistic regression over named features, the
// thresholds of its four modes, the limits of its candidates, the confusions that it learned from, and the head whose
// errors these are.
#pragma once

#include <array>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "correct/confusions.h"
#include "decode/ctc/head_identity.h"

namespace seben::correction {

/// From the most to the least daring.
enum class Mode : std::uint8_t { aggressive, balanced, conservative, preservation };
inline constexpr std::array kModes{Mode::aggressive, Mode::balanced, Mode::conservative, Mode::preservation};

[[nodiscard]] std::string_view to_string(Mode mode) noexcept;
[[nodiscard]] std::optional<Mode> parse_mode(std::string_view word) noexcept;

/// Whose errors the model knows.
using HeadIdentity = ctc::HeadIdentity;

/// The part of a language model's identity that the weight of its feature depends on.
struct LanguageModelIdentity {
  std::int64_t order = 0;
  std::string sha256;  ///< of the ARPA file
};

struct RankerFeature {
  std::string name;
  double mean = 0.0;
  double deviation = 1.0;  ///< above 0
  double weight = 0.0;     ///< of (value - mean) / deviation
};

struct RankerLimits {
  std::int64_t max_candidates = 120;  ///< edits proposed for one text
  std::int64_t max_edits = 1;         ///< edits applied to one text
  std::int64_t max_symbols = 120;     ///< texts that are longer are corrected piece by piece
};

struct Ranker {
  std::vector<RankerFeature> features;
  double bias = 0.0;
  std::array<double, kModes.size()> thresholds{};  ///< by mode; above 1: this mode never edits
  RankerLimits limits;
  ConfusionMaps confusions;
  HeadIdentity head;
  std::optional<LanguageModelIdentity> language_model;
  std::string fit = "{}";  ///< a JSON object: what it was fitted on and how it did

  [[nodiscard]] double threshold(Mode mode) const noexcept { return thresholds[static_cast<std::size_t>(mode)]; }
  /// P(the edit brings the text nearer to what was said); `values` as many as features, in their order.
  [[nodiscard]] double probability(std::span<const double> values) const noexcept;
  /// The same as ln(p / (1 - p)), which still tells apart edits that are all but certain.
  [[nodiscard]] double log_odds(std::span<const double> values) const noexcept;
  /// weight * (value - mean) / deviation: what this feature adds to the log-odds.
  [[nodiscard]] double contribution(std::size_t feature, double value) const noexcept;

  /// Error(bad_data) starting with `source` and naming the field: unknown version, features that are not
  /// feature_names() in their order, numbers that are not finite, thresholds that fall from a mode to a bolder one.
  [[nodiscard]] static Ranker parse(std::string_view text, const std::string& source);
  [[nodiscard]] static Ranker load(const std::string& path);
  /// Canonical: equal models are equal bytes.
  [[nodiscard]] std::string to_text() const;
};

}  // namespace seben::correction
