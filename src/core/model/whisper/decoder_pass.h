// SPDX-License-Identifier: Apache-2.0
// Some rows on their way through the decoder's layers: one token of each hypothesis, or several tokens of the only one.
#pragma once

#include <cstdint>

#include "model/whisper/cross_cache.h"
#include "model/whisper/decoder_config.h"
#include "model/whisper/decoder_layer.h"
#include "model/whisper/incremental_decoder.h"
#include "model/whisper/token_cache.h"

namespace seben::whisper {

/// Its memory is the token cache's, so that there is one pass of a cache at a time.
class DecoderPass {
 public:
  /// `workspace_floats`: what one thread's products need.
  DecoderPass(const DecoderConfig& config, TokenCache& cache, const CrossCache& cross, std::int64_t rows, bool prompt,
              int threads, std::int64_t workspace_floats);

  /// The heads whose weights are wanted, and who sees the inputs; the pass's rows are rows first_row.. of the request's
  /// `all_rows`.
  void grant(const PromptRequest& request, std::int64_t first_row, std::int64_t all_rows) noexcept;

  [[nodiscard]] std::int64_t rows() const noexcept { return rows_; }
  /// Row `r` of the residual stream, [d_model].
  [[nodiscard]] float* stream(std::int64_t r) noexcept { return stream_ + r * width_; }
  /// Position of row `r`.
  [[nodiscard]] std::int64_t position(std::int64_t r) const noexcept { return cache_.length_ + (prompt_ ? r : 0); }

  /// The stream through layer `i`.
  void run(const DecoderLayer& layer, std::size_t i);
  /// output norm(stream) of some rows of the pass, or of all: [rows, output.out()].
  void score(const Norm& norm, const kernels::NarrowLinear& output, std::span<const std::int64_t> rows, float* logits);
  void score(const Norm& norm, const kernels::NarrowLinear& output, float* logits);

 private:
  struct Mine {  // one thread's
    float *query, *part, *scores, *more_scores, *room;
  };
  [[nodiscard]] Mine mine(int thread) const noexcept;
  void norm(const Norm& norm);
  void self_attention(const DecoderLayer& layer, std::size_t i);
  void cross_attention(const DecoderLayer& layer, std::size_t i);
  void attend_self(std::size_t i, std::int64_t r, std::int64_t h, const Mine& m);
  void give_weights(std::size_t i, std::int64_t h, std::int64_t first, std::int64_t count, const float* weights);
  void observe(std::size_t i, DecoderInput input, const float* values) const;
  void add_product(const kernels::NarrowLinear& linear, const float* x);
  void score_normed(const kernels::NarrowLinear& output, std::int64_t count, float* logits);
  [[nodiscard]] std::int64_t slot_row(std::int64_t r) const noexcept;

  const DecoderConfig& config_;
  TokenCache& cache_;
  const CrossCache& cross_;
  kernels::ThreadPool& pool_;
  std::int64_t rows_;
  bool prompt_;
  std::int64_t width_, head_dim_, score_floats_, part_floats_, thread_floats_;
  const PromptRequest* request_ = nullptr;
  const DecoderObserver* observer_ = nullptr;
  std::int64_t request_row_ = 0, request_rows_ = 0;
  float *stream_, *normed_, *mixed_, *up_, *threads_scratch_;
};

}  // namespace seben::whisper
