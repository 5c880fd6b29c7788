// SPDX-License-Identifier: Apache-2.0
// Some rows on their way through the decoder's layers: one token of each hypothesis of one or more windows, or several
// tokens of the only one.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "model/whisper/cross_cache.h"
#include "model/whisper/decoder_config.h"
#include "model/whisper/decoder_layer.h"
#include "model/whisper/incremental_decoder.h"
#include "model/whisper/token_cache.h"

namespace seben::whisper {

/// Its memory is the first token cache's, so that there is one pass of a memory at a time.
class DecoderPass {
 public:
  struct Window {
    TokenCache& cache;
    const CrossCache& cross;
  };
  /// One token of each hypothesis of all `windows`. `workspace_floats`: what one thread's products need.
  DecoderPass(const DecoderConfig& config, std::span<const Window> windows, int threads, std::int64_t workspace_floats);
  /// `rows` tokens of the only hypothesis of `window`.
  DecoderPass(const DecoderConfig& config, const Window& window, std::int64_t rows, int threads,
              std::int64_t workspace_floats);

  /// The heads whose weights are wanted, and who sees the inputs; the pass's rows are rows first_row.. of the request's
  /// `all_rows`.
  void grant(const PromptRequest& request, std::int64_t first_row, std::int64_t all_rows) noexcept;

  [[nodiscard]] std::int64_t rows() const noexcept { return rows_; }
  /// Row `r` of the residual stream, [d_model].
  [[nodiscard]] float* stream(std::int64_t r) noexcept { return stream_ + r * width_; }
  /// Position of row `r`.
  [[nodiscard]] std::int64_t position(std::int64_t r) const noexcept {
    return prompt_ ? parts_[0].cache->length_ + r : part_of(r).cache->length_;
  }

  /// The stream through layer `i`.
  void run(const DecoderLayer& layer, std::size_t i);
  /// output norm(stream) of some rows of the pass, or of all: [rows, output.out()].
  void score(const Norm& norm, const kernels::NarrowLinear& output, std::span<const std::int64_t> rows, float* logits);
  void score(const Norm& norm, const kernels::NarrowLinear& output, float* logits);

 private:
  struct Mine {  // one thread's
    float *query, *part, *scores, *more_scores, *room;
  };
  struct Part {  // rows first.. of the pass are one window's
    TokenCache* cache;
    const CrossCache* cross;
    std::int64_t first, rows;
  };
  DecoderPass(const DecoderConfig& config, std::vector<Part> parts, bool prompt, int threads,
              std::int64_t workspace_floats);
  [[nodiscard]] static std::vector<Part> parts_of(std::span<const Window> windows);
  [[nodiscard]] const Part& part_of(std::int64_t r) const noexcept {
    return parts_[static_cast<std::size_t>(row_part_[static_cast<std::size_t>(r)])];
  }
  [[nodiscard]] Mine mine(int thread) const noexcept;
  void norm(const Norm& norm);
  void self_attention(const DecoderLayer& layer, std::size_t i);
  void cross_attention(const DecoderLayer& layer, std::size_t i);
  void attend_self(std::size_t i, std::int64_t r, std::int64_t h, const Mine& m);
  void attend_cross(const Part& part, std::size_t i, std::int64_t h, const Mine& m);
  void give_weights(const CrossCache& cross, std::size_t i, std::int64_t h, std::int64_t first, std::int64_t count,
                    const float* weights);
  void observe(std::size_t i, DecoderInput input, const float* values) const;
  void add_product(const kernels::NarrowLinear& linear, const float* x);
  void score_normed(const kernels::NarrowLinear& output, std::int64_t count, float* logits);
  [[nodiscard]] std::int64_t slot_row(std::int64_t r) const noexcept;

  const DecoderConfig& config_;
  std::vector<Part> parts_;
  std::vector<std::int32_t> row_part_;
  PassMemory& memory_;
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
