// SPDX-License-Identifier: Apache-2.0
// Whisper's text decoder (Radford et al. 2022) as a network: tokens and features in, scores of the next token out.
// Tokenizer and search are elsewhere.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "formats/weight_file.h"
#include "kernels/linear.h"
#include "model/whisper/decoder_config.h"
#include "model/whisper/encoder.h"
#include "model/whisper/layer.h"

namespace seben::whisper {

/// Keys and values of one window's features for every layer; made once, shared by all hypotheses.
struct CrossMemory {
  std::int64_t frames = 0;
  std::vector<std::vector<float>> keys, values;  ///< by layer, [frames, d_model]
};

/// Keys and values of the tokens so far; one for each hypothesis. Copying it copies the hypothesis.
struct TokenMemory {
  std::int64_t tokens = 0;
  std::vector<std::vector<float>> keys, values;  ///< by layer, [tokens, d_model]
};

/// Immutable once loaded; threads may share it, each with memories of its own. The weight file must outlive it: rows
/// of the embedding are read where they lie.
class Decoder {
 public:
  /// Names of Hugging Face below "model.decoder.", "decoder." or nothing. The output projection is the embedding
  /// unless the file has its own "proj_out.weight". Error(bad_data) names a tensor that is missing, misshapen or not
  /// finite.
  [[nodiscard]] static Decoder load(const tensor::WeightFile& file, const DecoderConfig& config,
                                    const LoadOptions& options);

  [[nodiscard]] const DecoderConfig& config() const noexcept { return config_; }
  [[nodiscard]] std::size_t weight_bytes() const noexcept;

  /// features: [frames, d_model].
  [[nodiscard]] CrossMemory remember(std::span<const float> features, std::int64_t frames, int threads) const;
  [[nodiscard]] TokenMemory start() const;

  /// Appends `tokens` to the memory and writes the scores of the token after the last one, [vocabulary]. Nothing that
  /// the memory holds is computed again. Error(bad_data) for a token outside of the vocabulary or more tokens than
  /// positions.
  void step(std::span<const std::int32_t> tokens, TokenMemory& memory, const CrossMemory& cross,
            std::span<float> logits, int threads) const;

 private:
  struct Layer;
  Decoder();

 public:
  Decoder(Decoder&&) noexcept;
  Decoder& operator=(Decoder&&) noexcept;
  ~Decoder();

 private:
  void embed(std::span<const std::int32_t> tokens, std::int64_t first, std::vector<float>& stream) const;

  DecoderConfig config_;
  kernels::Precision precision_ = kernels::Precision::f32;
  tensor::TensorView embedding_;
  std::vector<float> positions_;
  std::vector<std::unique_ptr<Layer>> layers_;
  Norm norm_;
  kernels::Linear output_;
};

/// "model.decoder.", "decoder." or "": where `file` keeps the decoder; "?" when nowhere.
[[nodiscard]] std::string decoder_prefix(const tensor::WeightFile& file);

}  // namespace seben::whisper
