// SPDX-License-Identifier: Apache-2.0
// Error rates of a transcriber over recordings with known texts.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "nko/metrics.h"
#include "seben/transcriber.h"

namespace seben::pipeline {

struct EvalRow {
  std::string audio;      ///< path, as the current folder sees it
  std::string reference;  ///< normalised
  std::string condition;  ///< "all" when the manifest names none
};

/// Tab-separated lines: recording, text[, condition]; relative paths are relative to the manifest. Empty lines and
/// lines that start with '#' are passed over. Error(bad_data) names the line; Error(no_input) the recording that is
/// missing.
[[nodiscard]] std::vector<EvalRow> read_eval_manifest(const std::string& path);

struct EvalUtterance {
  EvalRow row;
  std::string hypothesis;
  nko::EditCounts characters, words;
  std::vector<std::string> suspect;
};

struct EvalCondition {
  std::string name;
  nko::ErrorRate cer;  ///< by code point
  nko::ErrorRate wer;
};

struct Evaluation {
  std::vector<EvalUtterance> utterances;
  std::vector<EvalCondition> conditions;  ///< in order of appearance, then "all" when there are several
  std::vector<std::string> failures;      ///< recordings that could not be transcribed
};

/// A recording that fails is reported and the rest go on.
[[nodiscard]] Evaluation evaluate(const Transcriber& transcriber, const std::vector<EvalRow>& rows,
                                  const std::function<void(std::size_t done)>& progress);

[[nodiscard]] nlohmann::json to_json(const Evaluation& evaluation);

}  // namespace seben::pipeline
