// SPDX-License-Identifier: Apache-2.0
// Thresholds of the modes, from utterances that the ranker was not fitted on.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "correct/ranker.h"

namespace seben::correction {

/// What correction would do to one utterance if it never stopped: after k edits the text has `errors[k]` errors, and it
/// gets that far at every threshold up to `reach[k - 1]`, which never rises.
struct Trajectory {
  std::vector<std::int64_t> errors;  ///< edit distance to the reference; [0] is the hypothesis'
  std::vector<double> reach;         ///< lowest probability among the first k edits
  std::int64_t reference = 0;        ///< symbols of the reference

  [[nodiscard]] std::int64_t errors_at(double threshold) const noexcept;
};

/// All utterances at one threshold.
struct OperatingPoint {
  double threshold = 0.0;
  double cer = 0.0;
  std::int64_t better = 0, same = 0, worse = 0;  ///< utterances with fewer, as many, more errors than before
  std::int64_t changed = 0;                      ///< utterances that were edited at all
  double worse_bound = 0.0;                      ///< upper bound of the share of worse ones, see upper_bound
};

struct CalibrationOptions {
  double conservative_worse = 0.02;  ///< largest share of worsened utterances, bound included
  double preservation_worse = 0.005;
  double confidence = 0.95;  ///< of that bound
  double plateau = 0.05;     ///< aggressive may lose this share of the best error reduction
};

struct Calibration {
  std::array<double, kModes.size()> thresholds{};
  std::vector<OperatingPoint> curve;  ///< by falling threshold; the first edits nothing
};

/// Upper end of the one-sided Clopper-Pearson interval: the share p at which `events` or fewer in `trials` have the
/// probability 1 - confidence. 1 when all were events or there was no trial.
[[nodiscard]] double upper_bound(std::int64_t events, std::int64_t trials, double confidence);

[[nodiscard]] OperatingPoint operating_point(std::span<const Trajectory> utterances, double threshold,
                                             double confidence);

/// balanced: the lowest error rate, and of equal ones the highest threshold. aggressive: the lowest threshold whose
/// error rate gives up at most `plateau` of what balanced wins. conservative and preservation: the lowest threshold
/// from which upwards the bound of worsened utterances keeps the limit; 2, which no probability reaches, where none
/// does. A bolder mode's threshold never exceeds a shyer one's. Error(bad_data) without utterances.
[[nodiscard]] Calibration calibrate(std::span<const Trajectory> utterances, const CalibrationOptions& options);

}  // namespace seben::correction
