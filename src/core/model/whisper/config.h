// SPDX-License-Identifier: Apache-2.0
// The sizes of a Whisper encoder, as Hugging Face's config.json states them.
#pragma once

#include <cstdint>
#include <string>

namespace seben::base {
class JsonReader;
}

namespace seben::whisper {

struct EncoderConfig {
  std::int64_t n_mels = 128;      ///< num_mel_bins: 80 or 128
  std::int64_t d_model = 0;       ///< width of the features
  std::int64_t layers = 0;        ///< encoder_layers
  std::int64_t heads = 0;         ///< encoder_attention_heads; divides d_model
  std::int64_t ffn = 0;           ///< encoder_ffn_dim
  std::int64_t positions = 1500;  ///< max_source_positions: feature frames of a window

  [[nodiscard]] std::int64_t head_dim() const noexcept { return d_model / heads; }
  [[nodiscard]] std::int64_t mel_frames() const noexcept { return 2 * positions; }
  [[nodiscard]] std::int64_t mel_size() const noexcept { return n_mels * mel_frames(); }
  [[nodiscard]] std::int64_t feature_size() const noexcept { return positions * d_model; }
  [[nodiscard]] bool operator==(const EncoderConfig&) const = default;

  /// Reads the fields above from a config object; Error(bad_data) names the field that is missing or impossible.
  [[nodiscard]] static EncoderConfig from_json(const base::JsonReader& config);
  /// The same from a config.json file.
  [[nodiscard]] static EncoderConfig load(const std::string& path);
};

}  // namespace seben::whisper
