// SPDX-License-Identifier: Apache-2.0
// Comparing an encoder, stage by stage, with what another implementation computed (tools/oracles/encoder_parity.py).
#pragma once

#include <span>
#include <string>
#include <vector>

#include "formats/weight_file.h"
#include "model/whisper/encoder.h"

namespace seben::whisper {

struct Difference {
  double mse = 0.0;      ///< mean squared difference
  double max_abs = 0.0;  ///< largest difference
  double cosine = 1.0;   ///< of the two as vectors; 1 when both are zero
};

/// Both of the same length.
[[nodiscard]] Difference difference(std::span<const float> found, std::span<const float> expected);

struct StageParity {
  std::string stage;     ///< "convpos", "0", …, "finalnorm" and, for the whole encoder at once, "encoder"
  Difference reference;  ///< from the reference's own output
  Difference exact;      ///< from the same computed in float64
};

/// `reference` holds "mel" [n_mels, 2 T]; for every stage its output under the stage's name and, as "exact.<stage>",
/// its output in float64 arithmetic from the same input; and "exact.encoder". Each stage is given the reference's
/// input, so that differences do not add up; the last entry is the whole encoder.
[[nodiscard]] std::vector<StageParity> compare_stages(const Encoder& encoder, const tensor::WeightFile& reference,
                                                      EncoderWorkspace& workspace);

}  // namespace seben::whisper
