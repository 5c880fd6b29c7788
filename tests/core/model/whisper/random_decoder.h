// SPDX-License-Identifier: Apache-2.0
// A decoder of invented weights with heads as wide as Whisper's, and features for it.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "model/whisper/decoder_tensors.h"
#include "support/coded_file.h"
#include "support/memory_weights.h"

namespace seben::test {

inline whisper::DecoderConfig random_decoder_config() {
  whisper::DecoderConfig c;
  c.vocabulary = 211;
  c.d_model = 128;
  c.layers = 2;
  c.heads = 2;
  c.ffn = 256;
  c.positions = 40;
  c.source_frames = 150;
  return c;
}

/// Names below nothing ("layers.0. …"). Scores differ by a few units from token to token.
inline MemoryWeights random_decoder(const whisper::DecoderConfig& config, unsigned seed = 5) {
  MemoryWeights weights;
  std::mt19937 random(seed);
  for (const auto& [name, shape] : whisper::decoder_tensors(config)) {
    const bool norm = name.ends_with("layer_norm.weight");
    const float deviation = shape.size() == 2 ? (name.starts_with("embed") ? 0.3F : 0.12F) : 0.05F;
    weights.randomize(name, shape, random, deviation, norm ? 1.0F : 0.0F);
  }
  return weights;
}

/// Its matrices in w4:g32, tokens among them; positions stay.
inline void write_coded_decoder(const std::string& path, const MemoryWeights& weights) {
  write_coded(path, weights, "w4:g32", [](const std::string& name, const tensor::TensorView& view) {
    return view.shape.size() == 2 && name != "embed_positions.weight";
  });
}

inline std::vector<float> random_features(const whisper::DecoderConfig& config, unsigned seed = 6) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  std::vector<float> out(static_cast<std::size_t>(config.source_frames * config.d_model));
  for (float& v : out) v = normal(random);
  return out;
}

}  // namespace seben::test
