// SPDX-License-Identifier: Apache-2.0
// A bundle's copy with coded weights.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "bundle/bundle.h"
#include "import/weight_items.h"
#include "quant/coded_weights.h"
#include "quant/spec.h"

namespace seben::bundle {

/// The layers' matrices of an encoder, "layers.3.fc1.weight" below its prefix.
[[nodiscard]] std::vector<std::string> layer_matrices(std::int64_t layer);
/// Bytes of the files that a plan changes, encoder and head among them; headers left out.
[[nodiscard]] std::uint64_t planned_bytes(const Bundle& source, const WeightPlan& plan);

/// Error(usage) for the first matrix that is coded already or cannot have its codec.
void require_codable(const std::vector<WeightItems>& files);

/// Gives the codes of a matrix; by default the nearest (quant::code_matrix).
using MatrixCoder = std::function<quant::CodedMatrix(const WeightItem& item)>;

/// Writes the bundle `out`, which must not exist, from `source`, which must not be coded itself. Matrices of the
/// layers, of the head and, where the plan says so, of the text decoders are coded by plan; convolutions and positions
/// become fp16; norms, biases and the head's last projection stay as they are. The plan is in the manifest
/// (provenance.quantization). Nothing is admitted yet: no record is copied. Error(usage) when a matrix cannot have its
/// codec.
void quantize_bundle(const Bundle& source, const WeightPlan& plan, const std::string& out, const Progress& progress,
                     const MatrixCoder& coder = {});

}  // namespace seben::bundle
