// SPDX-License-Identifier: Apache-2.0
// Whisper's text decoder for writing text: the network of whisper/decoder.h, several hypotheses at a time, without
// memory of its own being asked for step by step.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "kernels/buffer.h"
#include "kernels/linear.h"
#include "kernels/narrow.h"
#include "tensor/weight_file.h"
#include "whisper/decoder_config.h"
#include "whisper/encoder.h"
#include "whisper/token_cache.h"

namespace seben::whisper {

/// Keys and values of one window's features for every layer, shared by all hypotheses. Reused from window to window.
class CrossCache {
 public:
  [[nodiscard]] std::int64_t frames() const noexcept { return frames_; }
  [[nodiscard]] std::size_t bytes() const noexcept;

 private:
  friend class IncrementalDecoder;
  std::int64_t frames_ = 0;
  bool bf16_ = false;
  std::vector<kernels::Buffer> keys_, values_;  // by layer, [heads][frames][head_dim], f32 or bf16
};

/// One head of one layer's attention to the features.
struct AlignmentHead {
  std::int64_t layer = 0;
  std::int64_t head = 0;
  [[nodiscard]] bool operator==(const AlignmentHead&) const = default;
};

/// What is wanted of a prompt beside its place in the cache.
struct PromptWish {
  std::span<const std::int64_t> rows;  ///< tokens of the prompt, ascending, after which scores are wanted
  /// Receives them, [vocabulary], in the order of `rows`; valid during the call.
  std::function<void(std::int64_t row, std::span<float> logits)> logits;
  std::span<const AlignmentHead> heads;  ///< whose weights are wanted
  std::span<float> weights;              ///< receives them after the softmax, [heads, prompt, frames]
};

/// Immutable once loaded; threads may share it, each with caches of its own. The weight file must outlive it: rows of
/// the embedding are read where they lie. bf16 and int8 are the weights', activations stay f32.
class IncrementalDecoder {
 public:
  /// Tensors and errors as Decoder::load.
  [[nodiscard]] static IncrementalDecoder load(const tensor::WeightFile& file, const DecoderConfig& config,
                                               const LoadOptions& options);

  [[nodiscard]] const DecoderConfig& config() const noexcept { return config_; }
  [[nodiscard]] kernels::Precision precision() const noexcept { return precision_; }
  [[nodiscard]] std::size_t weight_bytes() const noexcept;

  /// features: [frames, d_model]; overwrites `cross`. Error(internal) for another size.
  void hear(std::span<const float> features, std::int64_t frames, CrossCache& cross, int threads) const;
  /// Room for `rows` hypotheses of config().positions tokens.
  [[nodiscard]] TokenCache make_cache(std::int64_t rows) const;

  /// Appends `tokens` to a cache of one hypothesis. Error(bad_data) for a token outside of the vocabulary or more
  /// tokens than positions.
  void prompt(std::span<const std::int32_t> tokens, TokenCache& cache, const CrossCache& cross, const PromptWish& wish,
              int threads) const;
  /// Appends tokens[r] to hypothesis r, for all cache.rows() of them, and writes the scores of what comes next,
  /// [rows, vocabulary]. Errors as prompt().
  void step(std::span<const std::int32_t> tokens, TokenCache& cache, const CrossCache& cross, std::span<float> logits,
            int threads) const;

 private:
  struct Layer;
  struct Pass;
  IncrementalDecoder();

 public:
  IncrementalDecoder(IncrementalDecoder&&) noexcept;
  IncrementalDecoder& operator=(IncrementalDecoder&&) noexcept;
  ~IncrementalDecoder();

 private:
  void embed(std::span<const std::int32_t> tokens, const Pass& pass) const;
  void run_layers(const Pass& pass, int threads) const;
  void score(std::span<const float> stream, std::span<float> logits, int threads) const;
  void require_room(std::size_t tokens, const TokenCache& cache, const CrossCache& cross) const;

  DecoderConfig config_;
  kernels::Precision precision_ = kernels::Precision::f32;
  tensor::TensorView embedding_;
  std::vector<float> positions_;
  std::vector<std::unique_ptr<Layer>> layers_;
  Norm norm_;
  kernels::NarrowLinear output_;
};

}  // namespace seben::whisper
