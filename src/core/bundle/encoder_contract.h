// SPDX-License-Identifier: Apache-2.0
// The contract of features that Seben's own frontend and Whisper encoder make.
#pragma once

#include <cstdint>
#include <string>

#include "bundle/contract.h"
#include "model/whisper/config.h"

namespace seben::bundle {

struct EncoderIdentity {
  std::string variant;
  std::string weights;         ///< encoder_digest
  std::int64_t subsample = 1;  ///< every how many-th frame is kept
};

/// In f32. A window has as many samples as the encoder has positions for.
[[nodiscard]] frontend::FeatureContract encoder_contract(const whisper::EncoderConfig& config,
                                                         const EncoderIdentity& identity);

/// What a head that shortens time by `stride` requires of that encoder.
[[nodiscard]] frontend::FeatureContract head_contract(const frontend::FeatureContract& encoder, std::int64_t stride);

}  // namespace seben::bundle
