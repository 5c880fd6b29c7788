// SPDX-License-Identifier: Apache-2.0
// An encoder whose weights stay coded gives, bit for bit, what an encoder gives that was packed from the restored
// weights: expanding a layer at a time changes when the work is done and nothing else.
#include <gtest/gtest.h>

#include <cstring>
#include <random>

#include "model/whisper/encoder.h"
#include "quant/coded_weights.h"
#include "support/coded_file.h"
#include "support/errors.h"
#include "support/memory_weights.h"
#include "support/temp_dir.h"

namespace seben::whisper {
namespace {

EncoderConfig config() {
  EncoderConfig c;
  c.n_mels = 80;
  c.d_model = 128;  // products of 384, 128 and 512 rows: in pieces, and in one
  c.layers = 2;
  c.heads = 2;
  c.ffn = 512;
  c.positions = 300;
  return c;
}

test::MemoryWeights random_encoder(const EncoderConfig& c) {
  test::MemoryWeights w;
  std::mt19937 random(3);
  w.randomize("conv1.weight", {c.d_model, c.n_mels, 3}, random, 0.06F);
  w.randomize("conv2.weight", {c.d_model, c.d_model, 3}, random, 0.05F);
  w.randomize("embed_positions.weight", {c.positions, c.d_model}, random, 0.5F);
  for (const char* name : {"conv1.bias", "conv2.bias", "layer_norm.bias"})
    w.randomize(name, {c.d_model}, random, 0.02F);
  w.randomize("layer_norm.weight", {c.d_model}, random, 0.02F, 1.0F);
  for (std::int64_t i = 0; i < c.layers; ++i) {
    const std::string layer = "layers." + std::to_string(i) + ".";
    for (const char* part : {"q_proj", "k_proj", "v_proj", "out_proj"}) {
      w.randomize(layer + "self_attn." + part + ".weight", {c.d_model, c.d_model}, random, 0.09F);
      w.randomize(layer + "self_attn." + part + ".bias", {c.d_model}, random, 0.02F);
    }
    w.erase(layer + "self_attn.k_proj.bias");
    for (const char* norm : {"self_attn_layer_norm", "final_layer_norm"}) {
      w.randomize(layer + norm + ".weight", {c.d_model}, random, 0.02F, 1.0F);
      w.randomize(layer + norm + ".bias", {c.d_model}, random, 0.02F);
    }
    w.randomize(layer + "fc1.weight", {c.ffn, c.d_model}, random, 0.09F);
    w.randomize(layer + "fc2.weight", {c.d_model, c.ffn}, random, 0.05F);
    w.randomize(layer + "fc1.bias", {c.ffn}, random, 0.02F);
    w.randomize(layer + "fc2.bias", {c.d_model}, random, 0.02F);
  }
  return w;
}

std::string write_coded(const test::TempDir& dir, const test::MemoryWeights& weights, const std::string& codec) {
  const std::string path = dir / (codec.substr(0, 2) + ".safetensors");
  test::write_coded(path, weights, codec, [](const std::string& name, const tensor::TensorView& view) {
    return name.starts_with("layers.") && view.shape.size() == 2;
  });
  return path;
}

std::vector<float> run(const Encoder& encoder, int threads) {
  std::vector<float> mel(static_cast<std::size_t>(encoder.config().mel_size()));
  for (std::size_t i = 0; i < mel.size(); ++i)
    mel[i] = 0.3F * static_cast<float>(static_cast<int>(i * 37 % 101) - 50) / 50.0F;
  std::vector<float> features(static_cast<std::size_t>(encoder.config().feature_size()));
  auto workspace = encoder.make_workspace(threads);
  encoder.run(mel, features, workspace);
  return features;
}

TEST(CodedEncoder, EqualsThePackedOneBitForBit) {
  const test::TempDir dir;
  const test::MemoryWeights weights = random_encoder(config());
  for (const char* codec : {"w4:g32", "w8:g64", "w3:g16:asym"}) {
    const auto file = quant::open_stored_weights(write_coded(dir, weights, codec));
    const test::MemoryWeights restored(*file);
    for (const auto precision : {kernels::Precision::f32, kernels::Precision::bf16, kernels::Precision::int8}) {
      const Encoder coded = Encoder::load(*file, config(), {precision, 2, {}});
      const Encoder packed = Encoder::load(restored, config(), {precision, 2, {}});
      EXPECT_LT(coded.weight_bytes(), packed.weight_bytes());
      const std::vector<float> expected = run(packed, 2);
      EXPECT_EQ(run(coded, 2), expected) << codec << " " << kernels::to_string(precision);
      EXPECT_EQ(run(coded, 1), expected) << codec << " " << kernels::to_string(precision);
    }
  }
}

TEST(CodedEncoder, BadScalesAreFoundOnLoading) {
  const test::TempDir dir;
  const std::string path = write_coded(dir, random_encoder(config()), "w4:g32");
  std::string bytes = test::read_file(path);
  // The scales of the first matrix lie behind its codes, which are the first bytes after the header.
  std::uint64_t header = 0;
  std::memcpy(&header, bytes.data(), 8);
  const std::size_t at = 8 + header + 512 * 128 / 2;  // layers.0.fc1.weight
  bytes[at] = 0;
  bytes[at + 1] = 0x7C;
  test::write_file(path, bytes);
  const auto file = quant::open_stored_weights(path);
  EXPECT_TRUE(test::fails_with(ErrorCategory::bad_data, "layers.0.fc1.weight.scales", [&] {
    (void)Encoder::load(*file, config(), {kernels::Precision::f32, 1, {}});
  }));
}

}  // namespace
}  // namespace seben::whisper
