// SPDX-License-Identifier: Apache-2.0
#include "model/whisper/config.h"

#include <nlohmann/json.hpp>

#include "base/json.h"

namespace seben::whisper {
namespace {

// Far above any published Whisper (1280 wide, 32 layers), far below what would overflow a size.
constexpr std::int64_t kMaxWidth = 8192;
constexpr std::int64_t kMaxLayers = 256;
constexpr std::int64_t kMaxPositions = 6000;

}  // namespace

EncoderConfig EncoderConfig::from_json(const base::JsonReader& config) {
  EncoderConfig out;
  out.n_mels = config.integer("num_mel_bins", 1, 1024);
  if (out.n_mels != 80 && out.n_mels != 128) config.fail("num_mel_bins", "80 or 128", std::to_string(out.n_mels));
  out.d_model = config.integer("d_model", 8, kMaxWidth);
  out.layers = config.integer("encoder_layers", 1, kMaxLayers);
  out.heads = config.integer("encoder_attention_heads", 1, kMaxWidth);
  out.ffn = config.integer("encoder_ffn_dim", 1, 8 * kMaxWidth);
  out.positions = config.integer_or("max_source_positions", 1500, 1, kMaxPositions);
  if (out.d_model % out.heads != 0 || out.head_dim() % 2 != 0) {
    config.fail("encoder_attention_heads",
                "a divisor of d_model = " + std::to_string(out.d_model) + " that leaves an even head width",
                std::to_string(out.heads));
  }
  const std::string activation = config.string_or("activation_function", "gelu");
  if (activation != "gelu") config.fail("activation_function", "gelu", activation);
  return out;
}

EncoderConfig EncoderConfig::load(const std::string& path) {
  const nlohmann::json json = base::read_json(path);
  return from_json(base::JsonReader(json, path));
}

}  // namespace seben::whisper
