// SPDX-License-Identifier: Apache-2.0
// The work of an evaluation: every recording is heard once and written in every mode.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/correction_stage.h"
#include "engine/decoding.h"
#include "engine/recogniser.h"
#include "evaluate/evaluation.h"
#include "fit/evaluate.h"
#include "fit/mine.h"

namespace seben::pipeline {

class EvalRun {
 public:
  EvalRun(const bundle::Bundle& bundle, const EvalOptions& options);
  EvalRun(const EvalRun&) = delete;
  EvalRun& operator=(const EvalRun&) = delete;

  /// A failure of the recording itself is noted; anything else is thrown.
  void add(const EvalRow& row);
  /// Without the conditions. Error(incomplete) when no recording could be transcribed.
  [[nodiscard]] Evaluation finish();

 private:
  struct Window {
    ctc::LogProbs log_probs;
    std::int64_t first_frame = 0;
  };
  [[nodiscard]] std::vector<Window> encode(const std::string& path, std::vector<std::string>& suspect);
  [[nodiscard]] Transcript write(const std::vector<Window>& windows, const CorrectionStage* stage);
  [[nodiscard]] ChoiceOutcome judge(const std::string& reference, const Transcript& transcript) const;
  static void find_oracle(const std::string& reference, const Transcript& free, EvalUtterance& u);
  void study(const EvalRow& row, const std::string& hypothesis, const Window& window);

  Evaluation out_;
  Decoding decoding_;
  std::vector<CorrectionStage> stages_;  ///< one a mode
  Recogniser recogniser_;
  std::unique_ptr<WindowMemory> memory_;
  std::size_t overlap_;
  bool n_best_;
  std::optional<CorrectionStage> unbound_;  ///< edits whatever it can, for the curve
  std::optional<correction::TestPart> test_;
  std::vector<correction::Trajectory> trajectories_;
  std::vector<correction::TextPair> pairs_;
};

}  // namespace seben::pipeline
