// SPDX-License-Identifier: Apache-2.0
// Whisper's text decoder (Radford et al. 2022) as a network: tokens and features in, scores of the next token out, for
// several hypotheses at a time. Memory is not asked for step by step; tokenizer and search are elsewhere.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "formats/weight_file.h"
#include "kernels/narrow.h"
#include "model/whisper/cross_cache.h"
#include "model/whisper/decoder_config.h"
#include "model/whisper/decoder_storage.h"
#include "model/whisper/encoder.h"
#include "model/whisper/token_cache.h"

namespace seben::whisper {

struct DecoderLayer;
class DecoderPass;

/// One head of one layer's attention to the features.
struct AlignmentHead {
  std::int64_t layer = 0;
  std::int64_t head = 0;
  [[nodiscard]] bool operator==(const AlignmentHead&) const = default;
};

/// What the products of a decoder's layer take, those with the features' keys and values left out.
enum class DecoderInput : std::uint8_t { self_attention, self_out, cross_query, cross_out, fc1, fc2 };
/// Sees some rows of a prompt before they are multiplied, [rows, width of the input].
using DecoderObserver =
    std::function<void(std::int64_t layer, DecoderInput input, std::int64_t rows, const float* values)>;

/// What is wanted of a prompt beside its place in the cache.
struct PromptRequest {
  std::span<const std::int64_t> rows;  ///< tokens of the prompt, ascending, after which scores are wanted
  /// Receives them, [vocabulary], in the order of `rows`; valid during the call.
  std::function<void(std::int64_t row, std::span<float> logits)> logits;
  std::span<const AlignmentHead> heads;  ///< whose weights are wanted
  std::span<float> weights;              ///< receives them after the softmax, [heads, prompt, frames]
  DecoderObserver observer = {};         ///< of who measures; empty otherwise
};

/// One window of a step that several take together: a token for each hypothesis of its cache.
struct StepPart {
  TokenCache& cache;
  const CrossCache& cross;
  std::span<const std::int32_t> tokens;
};

/// Immutable once loaded; threads may share it, each with caches of its own. The weight file must outlive it: rows of
/// the embedding are read where they lie, and so are all weights that stay coded or are stored as they are used. bf16
/// and int8 are the weights', activations stay f32. Equal inputs give equal bits, whatever the threads and whatever
/// other windows take a step with them.
class IncrementalDecoder {
 public:
  /// Names of Hugging Face below "model.decoder.", "decoder." or nothing. The output projection is the embedding
  /// unless the file has its own "proj_out.weight". Error(bad_data) names a tensor that is missing, misshapen or not
  /// finite; Error(usage) for a form of cache that these heads cannot have.
  [[nodiscard]] static IncrementalDecoder load(const tensor::WeightFile& file, const DecoderConfig& config,
                                               const LoadOptions& options, const DecoderStorage& storage = {});

  [[nodiscard]] const DecoderConfig& config() const noexcept { return config_; }
  [[nodiscard]] kernels::Precision precision() const noexcept { return precision_; }
  [[nodiscard]] quant::KvForm cross_form() const noexcept { return cross_form_; }
  [[nodiscard]] quant::KvForm token_form() const noexcept { return token_form_; }
  [[nodiscard]] std::size_t weight_bytes() const noexcept;

  /// features: [frames, d_model]; overwrites `cross`. Error(internal) for another size, Error(bad_data) for keys or
  /// values that a coded cache cannot hold.
  void encode(std::span<const float> features, std::int64_t frames, CrossCache& cross, int threads) const;
  /// Room for `rows` hypotheses of config().positions tokens.
  [[nodiscard]] TokenCache make_cache(std::int64_t rows, std::shared_ptr<PassMemory> memory = nullptr) const;

  /// Appends `tokens` to a cache of one hypothesis. Error(bad_data) for a token outside of the vocabulary or more
  /// tokens than positions.
  void prompt(std::span<const std::int32_t> tokens, TokenCache& cache, const CrossCache& cross,
              const PromptRequest& request, int threads) const;
  /// Appends tokens[r] to hypothesis r, for all cache.rows() of them, and writes the scores of what comes next,
  /// [rows, vocabulary]. Errors as prompt().
  void step(std::span<const std::int32_t> tokens, TokenCache& cache, const CrossCache& cross, std::span<float> logits,
            int threads) const;
  /// The same of several windows, none of which may be there twice: the weights are read once for all. `logits` are
  /// those of all rows, window after window. Memory and threads are those of the first one's cache.
  void step(std::span<const StepPart> parts, std::span<float> logits, int threads) const;

 private:
  IncrementalDecoder();

 public:
  IncrementalDecoder(IncrementalDecoder&&) noexcept;
  IncrementalDecoder& operator=(IncrementalDecoder&&) noexcept;
  ~IncrementalDecoder();

 private:
  [[nodiscard]] std::vector<std::vector<float>> common_keys(std::span<const float> features, std::int64_t frames) const;
  void require_workspace(std::size_t tokens, const TokenCache& cache, const CrossCache& cross) const;
  void embed(std::span<const std::int32_t> tokens, std::int64_t first, DecoderPass& pass) const;
  void run_layers(DecoderPass& pass) const;
  void answer(const PromptRequest& request, std::size_t& next, std::int64_t first, DecoderPass& pass,
              std::vector<float>& logits) const;

  DecoderConfig config_;
  kernels::Precision precision_ = kernels::Precision::f32;
  tensor::TensorView embedding_;
  std::vector<float> positions_;
  std::vector<DecoderLayer> layers_;
  Norm norm_;
  kernels::NarrowLinear output_;
  quant::KvForm cross_form_ = quant::KvForm::f32, token_form_ = quant::KvForm::f32;
  std::int64_t workspace_floats_ = 0;  // of one thread's products
};

}  // namespace seben::whisper
