// SPDX-License-Identifier: Apache-2.0
// Comparing an encoder, stage by stage, with what another implementation computed (tools/oracles/encoder_parity.py).
#pragma once

#include <string>
#include <vector>

#include "formats/weight_file.h"
#include "model/whisper/encoder.h"
#include "parity/difference.h"

namespace seben::parity {

struct StageParity {
  std::string stage;     ///< "convpos", "0", …, "finalnorm" and, for the whole encoder at once, "encoder"
  Difference reference;  ///< from the reference's own output
  Difference exact;      ///< from the same computed in float64
};

/// `reference` holds "mel" [n_mels, 2 T]; for every stage its output under the stage's name and, as "exact.<stage>",
/// its output in float64 arithmetic from the same input; and "exact.encoder". Each stage is given the reference's
/// input, so that differences do not add up; the last entry is the whole encoder.
[[nodiscard]] std::vector<StageParity> compare_stages(const whisper::Encoder& encoder,
                                                      const tensor::WeightFile& reference,
                                                      whisper::EncoderWorkspace& workspace);

}  // namespace seben::parity
