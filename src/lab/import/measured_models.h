// SPDX-License-Identifier: Apache-2.0
// Published models whose faster arithmetics were measured: measured_models.json, which is compiled in. A record admits
// an arithmetic for exactly the weights that it was measured on.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bundle/contract.h"
#include "bundle/records.h"

namespace seben::bundle {

/// What a text decoder is known by: the numbers of its encoder, the bytes of its weights, how its log-mel is made.
struct MeasuredWeights {
  std::string encoder;  ///< encoder_digest
  std::string decoder;  ///< SHA-256 of decoder.safetensors, as bundle.json lists it
  frontend::Framing framing;
  friend bool operator==(const MeasuredWeights&, const MeasuredWeights&) = default;
};

struct MeasuredModel {
  std::string name;  ///< in the catalogue of seben fetch
  MeasuredWeights weights;
  std::string manifest;  ///< SHA-256 of the list of recordings
  std::string command;
  std::vector<PrecisionRecord> precisions;
};

/// Error(bad_data) names the field; every weights once, every record of bf16 or int8, once, and admitted.
[[nodiscard]] std::vector<MeasuredModel> parse_measured_models(std::string_view text, const std::string& source);
/// The text of src/lab/import/measured_models.json.
[[nodiscard]] std::string_view builtin_measured_text() noexcept;

/// The records of these weights that come with the program; none when others were measured.
[[nodiscard]] std::vector<PrecisionRecord> shipped_records(const MeasuredWeights& weights);

}  // namespace seben::bundle
