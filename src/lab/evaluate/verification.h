// SPDX-License-Identifier: Apache-2.0
// Measurements that end up as records in a bundle: what an arithmetic costs, and how far two extractors are apart.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "bundle/basis.h"
#include "evaluate/deviation.h"
#include "evaluate/evaluation.h"
#include "import/skew.h"

namespace seben::pipeline {

/// Limits that are stated before measuring; by kind of change, because a feature codec moves every feature by far more
/// than an arithmetic does before the text feels it. docs/quantization.md has the figures behind the numbers.
struct PrecisionLimits {
  double feature_error = 0.05;  ///< relative root mean square against f32
  double logit_error = 2.0;     ///< largest difference of a log-probability above 1e-3 against f32
  double cer_change = 0.002;    ///< absolute: a fifth of a percentage point
};

struct PrecisionGates {
  PrecisionLimits arithmetic;                   ///< bf16, int8
  PrecisionLimits codec = {0.2, 8.0, 0.002};    ///< of features
  PrecisionLimits weights = {0.2, 8.0, 0.002};  ///< coded, whatever the arithmetic
  bundle::BasisLimits basis;                    ///< of all three
};
/// {"schema": "seben.gates.precision", "version": 1, "arithmetic": {"feature_error": …, "logit_error": …,
/// "cer_change": …}, "codec": {…}, "weights": {…}, "basis": {"recordings": …, "characters": …, "reference_cer": …}};
/// without "basis" that stays as it is. Error(bad_data) for a missing or unknown member.
[[nodiscard]] PrecisionGates read_precision_gates(const std::string& path);

/// The three gates of a change.
[[nodiscard]] std::vector<bundle::Gate> gates_of(const PrecisionLimits& limits, const Deviation& deviation,
                                                 double cer_change);

using RowProgress = std::function<void(std::size_t done, std::size_t total)>;

/// What a change of the features costs: `change` alters one window's features [frames, dim] in place. Runs every
/// recording, whole and as `evaluate` does, through the bundle in f32, with and without it. This and the measurements
/// below refuse rows that are not enough (require_enough) before they run anything.
using FeatureChange = std::function<void(std::span<float> features)>;
[[nodiscard]] bundle::PrecisionRecord measure_change(const bundle::Bundle& bundle, const std::string& name,
                                                     const FeatureChange& change, const std::vector<EvalRow>& rows,
                                                     const PrecisionLimits& limits, const bundle::BasisLimits& basis,
                                                     int threads, const RowProgress& progress);

/// An arithmetic ("bf16", "int8"; with coded weights "f32" too) or a feature codec ("affine4:g32", "agp:FILE"). Coded
/// weights are measured against `against`, the bundle they were made from; Error(usage) without it.
[[nodiscard]] bundle::PrecisionRecord measure_precision(const bundle::Bundle& bundle, const std::string& precision,
                                                        const std::vector<EvalRow>& rows, const PrecisionGates& gates,
                                                        int threads, const RowProgress& progress,
                                                        const bundle::Bundle* against = nullptr);

/// `*against`, when it can be what `coded` was made from: Error(usage) for nullptr, Error(bad_data) for another
/// extractor or coded weights as well.
/// `text_decoder` names the one whose weights count beside the encoder's, instead of the head's.
[[nodiscard]] const bundle::Bundle& source_of(const bundle::Bundle& coded, const bundle::Bundle* against,
                                              const std::string* text_decoder = nullptr);

/// Runs both bundles' extractors over every recording, window by window, and the second bundle's head on the features
/// of both. The record says whether the first one's features may go into the second one's head; its clips are windows.
[[nodiscard]] bundle::SkewRecord measure_skew(const bundle::Bundle& provides, const bundle::Bundle& requiring,
                                              const std::vector<EvalRow>& rows, const bundle::SkewBounds& bounds,
                                              const bundle::BasisLimits& basis, int threads,
                                              const RowProgress& progress);

/// Runs a silent window. Empty, or how the result contradicts the declared vocabulary.
[[nodiscard]] std::string check_silence(const bundle::Bundle& bundle, int threads);

}  // namespace seben::pipeline
