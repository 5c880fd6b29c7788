// SPDX-License-Identifier: Apache-2.0
// A seeded random Whisper of some kilobytes, its text decoder included, as Hugging Face publishes one.
#pragma once

#include <filesystem>
#include <string>

#include "model/whisper/decoder_config.h"
#include "model/whisper/decoder_tensors.h"
#include "support/tiny_model.h"
#include "tensor/view.h"

namespace seben::test {

/// For the encoder of `s`.
inline whisper::DecoderConfig tiny_decoder_config(const TinySizes& s, std::int64_t vocabulary = 40,
                                                  std::int64_t layers = 1) {
  return {vocabulary, s.d_model, layers, s.heads, s.ffn, 9, s.positions};
}

/// Adds "model.decoder.…" to `t`, which loses tiny_encoder's stray tensor.
inline void add_decoder(RandomTensors& t, const whisper::DecoderConfig& config) {
  t.erase("model.decoder.something");
  for (const whisper::TensorShape& tensor : whisper::decoder_tensors(config)) {
    t.add("model.decoder." + tensor.name, tensor.shape);
  }
}

/// config.json of both.
inline std::string tiny_whisper_config(const TinySizes& s, const whisper::DecoderConfig& d) {
  std::string text = tiny_config(s);
  text.erase(text.rfind('}'));
  return text + ", \"decoder_layers\": " + std::to_string(d.layers) +
         ", \"decoder_attention_heads\": " + std::to_string(d.heads) +
         ", \"decoder_ffn_dim\": " + std::to_string(d.ffn) + ", \"vocab_size\": " + std::to_string(d.vocabulary) +
         ", \"max_target_positions\": " + std::to_string(d.positions) + "}\n";
}

/// Tokens of tests/fixtures/tokenizer, and what a ggml file of its vocabulary has: special tokens by Whisper's rule.
inline constexpr std::int64_t kSmallTokens = 1271, kSmallTokensOfGgml = 1156 + 1608;

/// The sizes that whisper.cpp's files can state.
inline TinySizes ggml_sizes() {
  TinySizes sizes;
  sizes.ffn = 4 * sizes.d_model;
  return sizes;
}

/// Writes `folder` with config.json, model.safetensors and the small tokenizer. Equal sizes have equal encoders.
inline void write_tiny_whisper(const std::string& folder, const TinySizes& s, const whisper::DecoderConfig& d,
                               std::uint32_t seed = 1) {
  std::filesystem::create_directories(folder);
  write_file(folder + "/config.json", tiny_whisper_config(s, d));
  RandomTensors tensors = tiny_encoder(s, seed);
  add_decoder(tensors, d);
  tensors.write(folder + "/model.safetensors", {{"format", "pt"}});
  write_file(folder + "/tokenizer.json", read_file(SEBEN_SOURCE_DIR "/tests/fixtures/tokenizer/tokenizer.json"));
}

}  // namespace seben::test
