// SPDX-License-Identifier: Apache-2.0
// Learns a ranker from utterances whose texts are known: confusions and weights from one part of them, thresholds from
// a second, and a third is looked at once, at the end, to say what came of it.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "correct/corrector.h"
#include "fit/calibrate.h"
#include "fit/logistic.h"
#include "fit/mine.h"
#include "fit/rows.h"
#include "text/nko/metrics.h"

namespace seben::correction {

enum class Part : std::uint8_t { fit, calibrate, test };
/// By the SHA-256 of the utterance's id: 50 % fit, 25 % calibrate, 25 % test, the same on every machine and whatever
/// other utterances there are.
[[nodiscard]] Part part_of(std::string_view id);

struct FitOptions {
  MineOptions mine;
  RankerLimits limits;
  LogisticOptions logistic;
  CalibrationOptions calibration;
  int folds = 5;  ///< the priors of a fit row come from maps that have not seen it
};

/// One mode on the test part.
struct ModeResult {
  Mode mode = Mode::balanced;
  double threshold = 0.0;
  nko::ErrorRate cer;                          ///< after correction, by code point
  double change = 0.0, low = 0.0, high = 0.0;  ///< of the error rate, with its 95 % paired bootstrap interval
  std::int64_t better = 0, same = 0, worse = 0;
  std::int64_t changed = 0;  ///< utterances that were edited
  double worse_bound = 0.0;  ///< upper 95 % bound of the share of worse ones
};

/// Candidates of the test part whose predicted probability lies in [low, high).
struct ReliabilityBin {
  double low = 0.0, high = 0.0;
  std::int64_t count = 0;
  double predicted = 0.0;  ///< mean
  double observed = 0.0;   ///< share that did bring the text nearer
};

struct CorrectedExample {
  std::string id, reference, hypothesis, corrected;
  double probability = 0.0;
};

struct FitReport {
  std::array<std::int64_t, 3> utterances{};    ///< by part
  std::int64_t skipped = 0;                    ///< rows whose text the frames cannot carry, or that are too long
  std::int64_t candidates = 0, improving = 0;  ///< of the fit part
  LogisticFit logistic;
  std::vector<OperatingPoint> curve;  ///< on the calibrate part
  nko::ErrorRate before;              ///< on the test part
  std::vector<ModeResult> modes;
  std::vector<ReliabilityBin> reliability;
  std::vector<CorrectedExample> better, worse;  ///< of the balanced mode, the most confident first
};

struct FitResult {
  Ranker ranker;
  FitReport report;
};

struct FitInput {
  std::vector<Row> rows;  ///< with references
  nko::Vocabulary vocabulary;
  HeadIdentity head;
  std::shared_ptr<const lm::NgramModel> model;  ///< may be absent
  std::string model_digest;                     ///< SHA-256 of its file
};

/// Error(bad_data) for a row without reference or frames, and for a part without utterances. `progress` may throw.
[[nodiscard]] FitResult fit(const FitInput& input, const FitOptions& options,
                            const std::function<void(std::size_t done, std::size_t total)>& progress);

}  // namespace seben::correction
