// SPDX-License-Identifier: Apache-2.0
// Whisper's text decoder (Radford et al. 2022) written plainly: one hypothesis, memory asked for as it goes. What the
// decoder of src/ is held against.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "formats/weight_file.h"
#include "kernels/linear.h"
#include "model/whisper/decoder_config.h"
#include "model/whisper/layer.h"

namespace seben::test {

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
class PlainDecoder {
 public:
  /// Names of Hugging Face below "model.decoder.", "decoder." or nothing. The output projection is the embedding
  /// unless the file has its own "proj_out.weight". Error(bad_data) names a tensor that is missing, misshapen or not
  /// finite.
  [[nodiscard]] static PlainDecoder load(const tensor::WeightFile& file, const whisper::DecoderConfig& config);

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
  PlainDecoder();

 public:
  PlainDecoder(PlainDecoder&&) noexcept;
  PlainDecoder& operator=(PlainDecoder&&) noexcept;
  ~PlainDecoder();

 private:
  void embed(std::span<const std::int32_t> tokens, std::int64_t first, std::vector<float>& stream) const;

  whisper::DecoderConfig config_;
  tensor::TensorView embedding_;
  std::vector<float> positions_;
  std::vector<std::unique_ptr<Layer>> layers_;
  whisper::Norm norm_;
  kernels::Linear output_;
};

}  // namespace seben::test
