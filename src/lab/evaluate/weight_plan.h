// SPDX-License-Identifier: Apache-2.0
// Weight plans under a size budget, from measured sensitivity: which layer's codes harm the features most.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "evaluate/evaluation.h"
#include "import/quantize.h"

namespace seben::pipeline {

struct PlanOptions {
  std::uint64_t budget = 0;  ///< bytes of encoder and head files
  int group = 32;
  quant::CodecSpec head;
  kernels::Precision precision = kernels::Precision::f32;  ///< of the measurement
  int threads = 1;
  std::size_t clips = 2;  ///< of the calibration set
};

/// One encoder layer, measured with every matrix of it coded in four bits and all others as they are.
struct LayerSensitivity {
  std::int64_t layer = 0;
  double feature_mse = 0.0;          ///< of the encoder's features
  std::vector<double> weight_error;  ///< squared error of its weights, by candidate
  std::vector<double> bytes;         ///< by candidate
};

struct MeasuredPlan {
  bundle::WeightPlan plan;
  std::vector<LayerSensitivity> layers;
  std::vector<quant::CodecSpec> candidates;
  std::uint64_t bytes = 0;
  double predicted_mse = 0.0;
};

/// Candidates are w8, w6, w5, w4, w3 and w2 of the group. The error of a layer under a codec is taken to be its
/// measured error scaled by the weights' own, and errors of layers to add up (docs/quantization.md says how well that
/// holds). Error(usage) when the budget is below the cheapest plan, Error(bad_data) for a recording longer than a
/// window.
[[nodiscard]] MeasuredPlan plan_weights(const bundle::Bundle& bundle, const std::vector<EvalRow>& calibration,
                                        const PlanOptions& options,
                                        const std::function<void(std::size_t done, std::size_t total)>& progress);

}  // namespace seben::pipeline
