// SPDX-License-Identifier: Apache-2.0
// Which tokens may come next.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "text/tokenizer/specials.h"

namespace seben::generate {

/// What the rules of a text forbid. Ids beyond the vocabulary are refused when the rules are made.
struct RuleOptions {
  std::int32_t endoftext = 0;
  std::vector<std::int32_t> suppress;        ///< never
  std::vector<std::int32_t> begin_suppress;  ///< not as the first token
  /// Set: the text has timestamps, which are the ids from this one on up to `timestamp_end`. What is behind them is
  /// text that a fine-tuning has added.
  std::optional<std::int32_t> timestamp_begin;
  std::optional<std::int32_t> timestamp_end = std::nullopt;  ///< excluded; nothing: the vocabulary's end
  std::optional<std::int32_t> notimestamps;                  ///< never where there are timestamps
  std::optional<std::int32_t> max_initial_timestamp;         ///< index of the last timestamp that may come first
  std::vector<std::int32_t> begun = {};                      ///< the text's beginning, which timestamps go on from
};

/// Timestamps come in pairs except before the end, do not decrease, each pair after a text is followed by a later end,
/// the first token is one, and one must come whenever all timestamps together are more probable than any other token.
/// Sources: openai-whisper, decoding.py; transformers, WhisperTimeStampLogitsProcessor.
class LogitRules {
 public:
  /// Error(bad_data) for an id outside of 0..vocabulary-1.
  LogitRules(RuleOptions options, std::int64_t vocabulary);

  [[nodiscard]] const RuleOptions& options() const noexcept { return options_; }
  /// Sets forbidden scores to -infinity; `sampled` are the tokens since the prompt's end. `scores` may be logits or
  /// log-probabilities, [vocabulary].
  void apply(std::span<const std::int32_t> sampled, std::span<float> scores) const;

 private:
  void apply_timestamps(std::span<const std::int32_t> sampled, std::span<float> scores) const;

  RuleOptions options_;
};

/// A language and how probable it is.
using LanguageProbability = std::pair<std::string, double>;

/// The first step restricted to languages: softmax over their scores after <|startoftranscript|>, most probable first.
[[nodiscard]] std::vector<LanguageProbability> language_probabilities(const tokenizer::Specials& specials,
                                                                      std::span<const float> logits);

/// softmax(logits)[token].
[[nodiscard]] double probability(std::span<const float> logits, std::int32_t token);

}  // namespace seben::generate
