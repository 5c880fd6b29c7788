// SPDX-License-Identifier: Apache-2.0
// Measurements that end up as records in a bundle: what an arithmetic costs, and how far two extractors are apart.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "bundle/skew.h"
#include "pipeline/evaluation.h"

namespace seben::pipeline {

/// Limits that are stated before measuring.
struct PrecisionLimits {
  double feature_error = 0.05;  ///< relative root mean square against f32
  double logit_error = 2.0;     ///< largest difference of a log-probability above 1e-3 against f32
  double cer_change = 0.002;    ///< absolute: a fifth of a percentage point
};

using RowProgress = std::function<void(std::size_t done, std::size_t total)>;

/// Runs the bundle in f32 and in `precision` over the first window of every recording.
[[nodiscard]] bundle::PrecisionRecord measure_precision(const bundle::Bundle& bundle, const std::string& precision,
                                                        const std::vector<EvalRow>& rows, const PrecisionLimits& limits,
                                                        int threads, const RowProgress& progress);

/// Runs both bundles' extractors over the first window of every recording, and the second bundle's head on the features
/// of both. The record says whether the first one's features may go into the second one's head.
[[nodiscard]] bundle::SkewRecord measure_skew(const bundle::Bundle& provides, const bundle::Bundle& requiring,
                                              const std::vector<EvalRow>& rows, const bundle::SkewBounds& bounds,
                                              int threads, const RowProgress& progress);

/// Runs a silent window. Empty, or how the result contradicts the declared vocabulary.
[[nodiscard]] std::string check_silence(const bundle::Bundle& bundle, int threads);

}  // namespace seben::pipeline
