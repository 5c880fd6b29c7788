// SPDX-License-Identifier: Apache-2.0
#include "model/whisper/decoder_config.h"

#include <nlohmann/json.hpp>

#include "base/json.h"

namespace seben::whisper {

DecoderConfig DecoderConfig::from_json(const base::JsonReader& config) {
  constexpr std::int64_t kMaxWidth = 8192, kMaxLayers = 256, kMaxVocabulary = 1 << 20, kMaxPositions = 6000;
  DecoderConfig out;
  out.vocabulary = config.integer("vocab_size", 2, kMaxVocabulary);
  out.d_model = config.integer("d_model", 8, kMaxWidth);
  out.layers = config.integer("decoder_layers", 1, kMaxLayers);
  out.heads = config.integer("decoder_attention_heads", 1, kMaxWidth);
  out.ffn = config.integer("decoder_ffn_dim", 1, 8 * kMaxWidth);
  out.positions = config.integer_or("max_target_positions", 448, 1, kMaxPositions);
  out.source_frames = config.integer_or("max_source_positions", 1500, 1, kMaxPositions);
  if (out.d_model % out.heads != 0) {
    config.fail("decoder_attention_heads", "a divisor of d_model = " + std::to_string(out.d_model),
                std::to_string(out.heads));
  }
  if (config.boolean_or("scale_embedding", false)) config.fail("scale_embedding", "false", "true");
  const std::string activation = config.string_or("activation_function", "gelu");
  if (activation != "gelu") config.fail("activation_function", "gelu", activation);
  return out;
}

DecoderConfig DecoderConfig::load(const std::string& path) {
  const nlohmann::json json = base::read_json(path);
  return from_json(base::JsonReader(json, path));
}

}  // namespace seben::whisper
