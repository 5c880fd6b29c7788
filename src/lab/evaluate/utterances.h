// SPDX-License-Identifier: Apache-2.0
// Recordings of at most one window with their reading and its log-probabilities: what rankers are fitted on and modes
// are compared over. The model runs once a recording.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/new_folder.h"
#include "bundle/bundle.h"
#include "decode/ctc/greedy.h"
#include "decode/ctc/log_probs.h"
#include "engine/recogniser.h"
#include "evaluate/evaluation.h"

namespace seben::pipeline {

struct Utterance {
  ctc::LogProbsView log_probs;       ///< in the reader's memory until the next recording
  std::vector<ctc::Symbol> symbols;  ///< greedy
  std::string hypothesis;            ///< their text, normalised
};

class UtteranceReader {
 public:
  /// Errors as Recogniser's; Error(usage) for a bundle without encoder. `precision` "auto": the fastest admitted.
  UtteranceReader(const bundle::Bundle& bundle, const std::string& precision, int threads);

  /// Error(bad_data) for a recording that is longer than one window.
  [[nodiscard]] Utterance read(const std::string& audio);
  [[nodiscard]] const nko::Vocabulary& vocabulary() const noexcept { return recogniser_.vocabulary(); }
  [[nodiscard]] const std::string& precision() const noexcept { return precision_; }

 private:
  std::string precision_;
  Recogniser recogniser_;
  std::unique_ptr<WindowMemory> memory_;
};

/// Writes rows.jsonl and <number>.npy (log-probabilities, f32) of every recording into a folder of their own, as rows
/// of two runs in one would name each other's arrays; the caller commits it. A recording that fails is named in the
/// result and the rest go on. Error(io) when the folder cannot be written.
[[nodiscard]] std::vector<std::string> write_rows(UtteranceReader& reader, const std::vector<EvalRow>& rows,
                                                  const base::NewFolder& folder,
                                                  const std::function<void(std::size_t done)>& progress);

}  // namespace seben::pipeline
