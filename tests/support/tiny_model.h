// SPDX-License-Identifier: Apache-2.0
// Seeded random models of a few kilobytes in the layouts that `seben import` reads, and their bundle.
#pragma once

#include <cstdint>
#include <fstream>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "formats/safetensors.h"
#include "import/import.h"
#include "support/temp_dir.h"
#include "text/nko/vocabulary.h"

namespace seben::test {

struct TinySizes {
  std::int64_t n_mels = 80;
  std::int64_t d_model = 16;
  std::int64_t layers = 2;
  std::int64_t heads = 2;
  std::int64_t ffn = 32;
  std::int64_t positions = 12;
  std::int64_t head_width = 8;
  std::int64_t head_stride = 4;
};

class RandomTensors {
 public:
  explicit RandomTensors(std::uint32_t seed) : random_(seed) {}

  void add(const std::string& name, const tensor::Shape& shape, float scale = 0.1F) {
    std::int64_t count = 1;
    for (const std::int64_t size : shape) count *= size;
    std::vector<float>& values = values_[name];
    std::normal_distribution<float> normal(0.0F, scale);
    for (std::int64_t i = 0; i < count; ++i) values.push_back(normal(random_));
    shapes_[name] = shape;
  }

  void add_affine(const std::string& name, const tensor::Shape& shape) {
    add(name + ".weight", shape);
    add(name + ".bias", {shape.front()});
  }

  [[nodiscard]] std::vector<float>& values(const std::string& name) { return values_.at(name); }
  void erase(const std::string& name) { values_.erase(name), shapes_.erase(name); }
  void reshape(const std::string& name, const tensor::Shape& shape) { shapes_.at(name) = shape; }

  void write(const std::string& path, const tensor::Metadata& metadata = {}) const {
    std::vector<tensor::TensorView> views;
    for (const auto& [name, values] : values_) {
      views.push_back(
          {name, "", tensor::DType::f32, shapes_.at(name), reinterpret_cast<const std::byte*>(values.data())});
    }
    tensor::write_safetensors(path, views, metadata);
  }

 private:
  std::mt19937 random_;
  std::map<std::string, std::vector<float>> values_;
  std::map<std::string, tensor::Shape> shapes_;
};

inline RandomTensors tiny_encoder(const TinySizes& s, std::uint32_t seed = 1) {
  RandomTensors t(seed);
  const std::string p = "model.encoder.";
  t.add_affine(p + "conv1", {s.d_model, s.n_mels, 3});
  t.add_affine(p + "conv2", {s.d_model, s.d_model, 3});
  t.add(p + "embed_positions.weight", {s.positions, s.d_model});
  t.add_affine(p + "layer_norm", {s.d_model});
  for (std::int64_t i = 0; i < s.layers; ++i) {
    const std::string l = p + "layers." + std::to_string(i) + ".";
    for (const char* name : {"q_proj", "v_proj", "out_proj"})
      t.add_affine(l + "self_attn." + name, {s.d_model, s.d_model});
    t.add(l + "self_attn.k_proj.weight", {s.d_model, s.d_model});
    t.add_affine(l + "self_attn_layer_norm", {s.d_model});
    t.add_affine(l + "final_layer_norm", {s.d_model});
    t.add_affine(l + "fc1", {s.ffn, s.d_model});
    t.add_affine(l + "fc2", {s.d_model, s.ffn});
  }
  t.add("model.decoder.something", {3, 3});  // an encoder is often published inside a whole model
  return t;
}

inline RandomTensors tiny_head(const TinySizes& s, std::uint32_t seed = 2) {
  RandomTensors t(seed);
  const std::int64_t w = s.head_width;
  t.add_affine("input_proj.0", {w, s.d_model});
  t.add_affine("temporal_ds.0", {w, w, 5});
  t.add("pos_enc", {1, s.positions, w});
  const std::string l = "encoder.layers.0.";
  t.add(l + "self_attn.in_proj_weight", {3 * w, w});
  t.add(l + "self_attn.in_proj_bias", {3 * w});
  t.add_affine(l + "self_attn.out_proj", {w, w});
  t.add_affine(l + "linear1", {2 * w, w});
  t.add_affine(l + "linear2", {w, 2 * w});
  t.add_affine(l + "norm1", {w});
  t.add_affine(l + "norm2", {w});
  t.add_affine("ln", {w});
  t.add_affine("output_proj", {66, w});
  return t;
}

inline tensor::Metadata tiny_head_metadata(const TinySizes& s) {
  return {{"seben.head.kind", "transformer"},
          {"seben.head.stride", std::to_string(s.head_stride)},
          {"seben.head.heads", "2"},
          {"seben.head.blank", "65"},
          {"seben.head.feature_stride", "1"}};
}

inline std::string tiny_config(const TinySizes& s) {
  return "{\"d_model\": " + std::to_string(s.d_model) + ", \"encoder_layers\": " + std::to_string(s.layers) +
         ", \"encoder_attention_heads\": " + std::to_string(s.heads) +
         ", \"encoder_ffn_dim\": " + std::to_string(s.ffn) + ", \"num_mel_bins\": " + std::to_string(s.n_mels) +
         ", \"max_source_positions\": " + std::to_string(s.positions) + ", \"activation_function\": \"gelu\"}\n";
}

/// Writes hf/, head.safetensors and vocab.json below `dir`; the options import them to `dir`/bundle.
inline bundle::ImportOptions write_tiny_sources(const TempDir& dir, const TinySizes& s = {}) {
  std::filesystem::create_directories(dir / "hf");
  write_file(dir / "hf/config.json", tiny_config(s));
  tiny_encoder(s).write(dir / "hf/model.safetensors", {{"format", "pt"}});
  tiny_head(s).write(dir / "head.safetensors", tiny_head_metadata(s));
  write_file(dir / "vocab.json", nko::Vocabulary::nko_blank_last().to_json());
  bundle::ImportOptions options;
  options.encoder = dir / "hf";
  options.head = dir / "head.safetensors";
  options.vocabulary = dir / "vocab.json";
  options.name = "tiny";
  options.licence = "Apache-2.0";
  options.variant = "tiny-test";
  options.out = dir / "bundle";
  return options;
}

}  // namespace seben::test
