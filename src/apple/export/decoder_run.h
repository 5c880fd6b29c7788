// SPDX-License-Identifier: Apache-2.0
// The text decoder step by step, by the engine and by packages.
#pragma once

#include <string>
#include <vector>

#include "export/runner.h"
#include "export/source.h"

namespace seben::deploy {

struct DecoderRun {
  std::vector<float> features;             ///< [T, d]
  std::vector<std::vector<float>> cross;   ///< keys, then values: [layers, T, d]
  std::vector<std::int32_t> tokens;        ///< spread over the vocabulary, as a search might try them
  std::vector<std::vector<float>> logits;  ///< of every step, [vocabulary]
};

/// Twenty steps of the engine's decoder in f32.
[[nodiscard]] DecoderRun decode_reference(const Source& source, const std::vector<float>& features, int threads);

/// cross_k and cross_v of the package for the run's features.
[[nodiscard]] std::vector<std::vector<float>> decoder_cross(const std::string& package, const DecoderRun& run,
                                                            Runner& runner);
/// The scores of every step by a stateless or stateful package, fed with what the package `cross` makes. Always by the
/// interpreter: states do not travel through files.
[[nodiscard]] std::vector<std::vector<float>> decoder_steps(const std::string& package, const std::string& cross,
                                                            const DecoderRun& run, const Source& source, int threads);

}  // namespace seben::deploy
