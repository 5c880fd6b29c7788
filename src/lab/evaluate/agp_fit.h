// SPDX-License-Identifier: Apache-2.0
// Fitting an anticipation-geometry policy: thresholds from the calibration set's quantiles, codecs by class from the
// measured harm that each does to the decode.
#pragma once

#include <array>
#include <functional>
#include <string>
#include <vector>

#include "codecs/feature_codec.h"
#include "evaluate/evaluation.h"

namespace seben::pipeline {

struct AgpFitOptions {
  double mean_bits = 5.0;  ///< a value, over whole windows, labels included
  std::vector<std::string> candidates = {"affine2:g32", "affine3:g32", "affine4:g32", "affine5:g32", "affine6:g32",
                                         "affine8:g32", "turbo2",      "turbo3",      "turbo4",      "turbo5"};
  int threads = 0;
};

struct AgpFit {
  quant::FeaturePolicy policy;
  std::vector<std::string> candidates;
  std::array<double, quant::kFrameClasses> share = {};  ///< of frames
  /// Mean Kullback-Leibler divergence of a frame from f32, in nats, when only the frames of that class are coded:
  /// [class][candidate].
  std::array<std::vector<double>, quant::kFrameClasses> harm;
  double expected_bits = 0.0;
  double expected_harm = 0.0;
};

/// First windows of the calibration recordings. Error(usage) when the budget is below the cheapest codec's bits.
[[nodiscard]] AgpFit fit_agp(const bundle::Bundle& bundle, const std::vector<EvalRow>& calibration,
                             const AgpFitOptions& options,
                             const std::function<void(std::size_t done, std::size_t total)>& progress);

}  // namespace seben::pipeline
