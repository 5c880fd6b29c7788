// SPDX-License-Identifier: Apache-2.0
// Utterances on disk: what was heard, what was said, and the log-probabilities between. Lines of JSON objects:
//   {"id": "a1", "hypothesis": "…", "reference": "…", "log_probs": "a1.npy", "condition": "clean"}
// "reference" and "condition" may be absent; "logits" may stand instead of "log_probs"; paths are relative to the file.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "decode/ctc/log_probs.h"
#include "text/nko/vocabulary.h"

namespace seben::correction {

struct Row {
  std::string id;
  std::string hypothesis;                ///< normalised
  std::optional<std::string> reference;  ///< normalised
  std::string condition = "all";
  std::string frames;   ///< path of the log-probabilities or logits; empty when the line names none
  bool logits = false;  ///< they are not normalised yet
  std::string where;    ///< "rows.jsonl: line 3", for messages
};

/// One line; `folder` is what its paths are relative to. Error(bad_data) names the line and the field.
[[nodiscard]] Row parse_row(std::string_view line, const std::string& where, const std::string& folder);

/// Every line that is not empty. Error(bad_data) for the first line that does not hold, for an id that occurs twice and
/// for a file without rows. Missing .npy files show when they are read.
[[nodiscard]] std::vector<Row> read_rows(const std::string& path);

/// A .npy array [frames, classes] or [1, frames, classes] of the vocabulary's classes. Logits become log-probabilities;
/// log-probabilities must be normalised: Error(bad_data) otherwise, for no frames, and for NaN.
[[nodiscard]] ctc::LogProbs read_log_probs(const std::string& path, bool logits, const nko::Vocabulary& vocabulary);
[[nodiscard]] ctc::LogProbs read_log_probs(const Row& row, const nko::Vocabulary& vocabulary);

/// The line of a row, ending in a newline; `frames` is written as it is.
[[nodiscard]] std::string to_line(const Row& row);

}  // namespace seben::correction
