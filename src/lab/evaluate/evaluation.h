// SPDX-License-Identifier: Apache-2.0
// Error rates over recordings with known texts, with and without correction.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bundle/bundle.h"
#include "fit/fit.h"
#include "seben/transcriber.h"
#include "text/nko/metrics.h"

namespace seben::pipeline {

struct EvalRow {
  std::string audio;      ///< path, as the current folder sees it
  std::string reference;  ///< normalised N'Ko, or as it is written
  std::string condition;  ///< "all" when the manifest names none
};

enum class ReferenceText : std::uint8_t {
  nko,  ///< of which only letters and marks of the script count
  any
};

/// Tab-separated lines: recording, text[, condition]; relative paths are relative to the manifest. Empty lines and
/// lines that start with '#' are passed over. Error(bad_data) names the line; Error(no_input) the recording that is
/// missing.
[[nodiscard]] std::vector<EvalRow> read_eval_manifest(const std::string& path, ReferenceText text = ReferenceText::nko);

/// What became of a recording in a forced choice (CtcOptions::words).
enum class ChoiceOutcome : std::uint8_t {
  right,
  wrong,
  none,             ///< refused although the list has what was said
  unlisted,         ///< a word was written although the list does not have what was said
  unlisted_refused  ///< and rightly was none
};
[[nodiscard]] std::string_view to_string(ChoiceOutcome outcome) noexcept;

struct EvalUtterance {
  EvalRow row;
  std::vector<std::string> texts;  ///< by mode, normalised
  std::vector<nko::EditCounts> characters, words;
  std::vector<std::string> suspect;
  std::optional<ChoiceOutcome> choice;  ///< with words of a list
  /// Of the text with the fewest wrong characters among the likeliest (CtcOptions::n_best), uncorrected; of recordings
  /// of several windows, whose texts are joined, the text itself.
  std::optional<nko::EditCounts> oracle_characters, oracle_words;
};

/// What choosing the best of the likeliest texts would give.
struct EvalOracle {
  std::string condition;
  nko::ErrorRate cer, wer;
};

/// Forced choice over one condition: how many recordings had each outcome. Unlisted ones are in no accuracy.
struct EvalChoices {
  std::string condition;
  std::int64_t right = 0, wrong = 0, none = 0, unlisted = 0, unlisted_refused = 0;

  /// Whether there is a recording whose text is in the list.
  [[nodiscard]] bool any() const noexcept { return right + wrong + none > 0; }
  /// Of those; NaN without any.
  [[nodiscard]] double accuracy() const noexcept;
  /// Its 95 % interval (Wilson 1927).
  [[nodiscard]] std::pair<double, double> interval() const noexcept;
};

/// One mode over one condition.
struct EvalCell {
  std::string mode;    ///< "off" or one of the ranker's
  nko::ErrorRate cer;  ///< by code point
  nko::ErrorRate wer;
  nko::RateChange change;                        ///< of the CER, from off
  std::int64_t better = 0, same = 0, worse = 0;  ///< utterances with fewer, as many, more wrong characters than off
};

struct EvalCondition {
  std::string name;
  std::vector<EvalCell> cells;  ///< off first
};

/// What only utterances of a single window can show, and only with a ranker.
struct EvalCorrection {
  correction::FitReport test;  ///< before, modes and reliability
  std::vector<correction::OperatingPoint> curve;
  std::vector<double> thresholds;  ///< of the modes
  std::int64_t utterances = 0;
};

struct Evaluation {
  std::string bundle, precision, decoder;
  std::vector<std::string> modes;
  std::vector<EvalUtterance> utterances;
  std::vector<EvalCondition> conditions;  ///< in order of appearance, then "all" when there are several
  std::vector<EvalChoices> choices;       ///< by condition as above; empty without words of a list
  std::vector<EvalOracle> oracles;        ///< by condition as above; empty without n_best
  std::optional<EvalCorrection> correction;
  correction::ConfusionMaps confusions;  ///< of the uncorrected texts of this evaluation
  std::vector<std::string> failures;     ///< recordings that could not be transcribed
};

struct EvalOptions {
  std::string precision = "auto";
  int threads = 0;
  bool correct = true;  ///< measure every mode when there is a ranker
  CorrectorOptions correction;
  CtcOptions ctc;
};

/// The model runs once a recording, whatever the number of modes. A recording that fails is reported and the rest go
/// on.
[[nodiscard]] Evaluation evaluate(const bundle::Bundle& bundle, const EvalOptions& options,
                                  const std::vector<EvalRow>& rows,
                                  const std::function<void(std::size_t done)>& progress);

/// "conditions" are those of the uncorrected texts, "modes" has all of them.
[[nodiscard]] nlohmann::json to_json(const Evaluation& evaluation);

}  // namespace seben::pipeline
