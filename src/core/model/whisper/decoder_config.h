// SPDX-License-Identifier: Apache-2.0
// The sizes of a Whisper text decoder, as Hugging Face's config.json states them.
#pragma once

#include <cstdint>
#include <string>

namespace seben::base {
class JsonReader;
}

namespace seben::whisper {

struct DecoderConfig {
  std::int64_t vocabulary = 0;        ///< vocab_size
  std::int64_t d_model = 0;           ///< width of the stream and of the encoder's features
  std::int64_t layers = 0;            ///< decoder_layers
  std::int64_t heads = 0;             ///< decoder_attention_heads; divides d_model
  std::int64_t ffn = 0;               ///< decoder_ffn_dim
  std::int64_t positions = 448;       ///< max_target_positions: tokens of a window at most
  std::int64_t source_frames = 1500;  ///< max_source_positions: feature frames of a window

  [[nodiscard]] std::int64_t head_dim() const noexcept { return d_model / heads; }
  [[nodiscard]] bool operator==(const DecoderConfig&) const = default;

  /// Error(bad_data) names the field that is missing or impossible.
  [[nodiscard]] static DecoderConfig from_json(const base::JsonReader& config);
  [[nodiscard]] static DecoderConfig load(const std::string& path);
};

}  // namespace seben::whisper
