// SPDX-License-Identifier: Apache-2.0
// What a corrector does to utterances whose texts are known.
#pragma once

#include <array>
#include <span>
#include <string>
#include <vector>

#include "correct/corrector.h"
#include "fit/calibrate.h"
#include "fit/fit.h"

namespace seben::correction {

/// All edits that the corrector would ever make to one utterance, one after another; its mode must have the threshold
/// 0.
[[nodiscard]] Trajectory trajectory(const Corrector& unbound, ctc::LogProbsView log_probs,
                                    std::span<const ctc::Symbol> symbols, const std::string& reference,
                                    Proposals& memory);

/// Gathers the figures of every mode, utterance by utterance.
class TestPart {
 public:
  explicit TestPart(const Corrector& corrector) : corrector_(corrector) {}

  void add(const Row& row, ctc::LogProbsView log_probs, const std::vector<ctc::Symbol>& symbols);
  /// Fills in before, modes, reliability and the examples. Error(bad_data) without utterances.
  void finish(FitReport& report) const;

 private:
  struct ModeRecord {
    std::vector<nko::EditCounts> counts;
    std::int64_t better = 0, same = 0, worse = 0, changed = 0;
  };
  struct BinRecord {
    double predicted = 0.0;
    std::int64_t count = 0, observed = 0;
  };
  void judge_candidates(const std::u32string& reference);

  static constexpr std::size_t kBins = 10;
  const Corrector& corrector_;
  Proposals memory_;
  std::vector<nko::EditCounts> before_;
  std::array<ModeRecord, kModes.size()> modes_;
  std::array<BinRecord, kBins> bins_;
  std::vector<CorrectedExample> better_, worse_;
};

}  // namespace seben::correction
