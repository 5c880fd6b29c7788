// SPDX-License-Identifier: Apache-2.0
// Encoders of Whisper's sizes with invented weights.
#pragma once

#include <cmath>
#include <random>
#include <string>

#include "../tests/support/memory_weights.h"
#include "model/whisper/config.h"

namespace seben::bench {

/// Whisper's layout of sizes: 64 numbers a head, 80 mel bands, 1500 frames.
inline whisper::EncoderConfig config_of(std::int64_t width, std::int64_t layers) {
  whisper::EncoderConfig c;
  c.n_mels = 80;
  c.d_model = width;
  c.layers = layers;
  c.heads = width / 64;
  c.ffn = 4 * width;
  return c;
}

/// Seeded weights of sizes at which activations stay moderate.
inline test::MemoryWeights random_weights(const whisper::EncoderConfig& c) {
  test::MemoryWeights w;
  std::mt19937 random(1);
  const auto matrix = [&](const std::string& name, std::int64_t out, std::int64_t in) {
    w.randomize(name + ".weight", {out, in}, random, 1.0F / std::sqrt(static_cast<float>(in)));
  };
  const auto vector = [&](const std::string& name, float mean) { w.randomize(name, {c.d_model}, random, 0.02F, mean); };
  w.randomize("conv1.weight", {c.d_model, c.n_mels, 3}, random, 0.06F);
  w.randomize("conv2.weight", {c.d_model, c.d_model, 3}, random, 0.03F);
  w.randomize("embed_positions.weight", {c.positions, c.d_model}, random, 0.5F);
  for (const char* name : {"conv1.bias", "conv2.bias", "layer_norm.bias"}) vector(name, 0.0F);
  vector("layer_norm.weight", 1.0F);
  for (std::int64_t i = 0; i < c.layers; ++i) {
    const std::string layer = "layers." + std::to_string(i) + ".";
    for (const char* part : {"q_proj", "k_proj", "v_proj", "out_proj"}) {
      matrix(layer + "self_attn." + part, c.d_model, c.d_model);
      vector(layer + "self_attn." + part + ".bias", 0.0F);
    }
    for (const char* norm : {"self_attn_layer_norm", "final_layer_norm"}) {
      vector(layer + norm + ".weight", 1.0F);
      vector(layer + norm + ".bias", 0.0F);
    }
    matrix(layer + "fc1", c.ffn, c.d_model);
    matrix(layer + "fc2", c.d_model, c.ffn);
    w.randomize(layer + "fc1.bias", {c.ffn}, random, 0.02F);
    vector(layer + "fc2.bias", 0.0F);
  }
  return w;
}

}  // namespace seben::bench
