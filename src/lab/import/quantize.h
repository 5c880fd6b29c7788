// SPDX-License-Identifier: Apache-2.0
// A bundle's copy with coded weights.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "bundle/bundle.h"
#include "quant/spec.h"

namespace seben::bundle {

/// Codec by layer of the encoder, and one for the head. f32 and fp16 mean numbers, not codes.
struct WeightPlan {
  std::map<std::int64_t, quant::CodecSpec> layers;  ///< every layer of the encoder
  quant::CodecSpec head;
  std::string how = "{}";  ///< a JSON object: how the plan came about

  [[nodiscard]] static WeightPlan uniform(const Bundle& bundle, const quant::CodecSpec& encoder,
                                          const quant::CodecSpec& head);
};

/// The layers' matrices of an encoder, "layers.3.fc1.weight" below its prefix.
[[nodiscard]] std::vector<std::string> layer_matrices(std::int64_t layer);
/// Bytes of encoder and head files under a plan, headers left out.
[[nodiscard]] std::uint64_t planned_bytes(const Bundle& source, const WeightPlan& plan);

/// Writes the bundle `out`, which must not exist, from `source`, which must not be coded itself. Matrices of the layers
/// and of the head are coded by plan; convolutions and positions of the encoder become fp16; norms, biases and the last
/// projection stay as they are. The plan is in the manifest (provenance.quantization). Nothing is admitted yet: no
/// record is copied. Error(usage) when a matrix cannot have its codec.
void quantize_bundle(const Bundle& source, const WeightPlan& plan, const std::string& out, const Progress& progress);

}  // namespace seben::bundle
