// SPDX-License-Identifier: Apache-2.0
// Figures of one codec that need no text: feature error, logit error, blank mass, retrieval.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "decode/ctc/log_probs.h"

namespace seben::pipeline {

struct CodecRow;

class CodecMeter {
 public:
  /// One window, both [frames, dim]; `bytes` is what its code takes. Retrieval looks at the first `heard` frames alone:
  /// padding resembles padding.
  void add_features(std::span<const float> features, std::span<const float> restored, std::int64_t dim,
                    std::int64_t heard, std::size_t bytes);
  void add_log_probs(ctc::LogProbsView reference, ctc::LogProbsView found, std::int64_t blank);
  [[nodiscard]] double mean_square() const;
  /// Fills in the row's figures.
  void finish(CodecRow& row) const;

 private:
  [[nodiscard]] double recall() const;

  std::int64_t dim_ = 0, windows_ = 0, values_ = 0, frames_ = 0, logits_ = 0;
  double bytes_ = 0.0, squared_error_ = 0.0, square_ = 0.0;
  double logit_square_ = 0.0, divergence_ = 0.0, blank_ = 0.0;
  std::vector<float> stored_, coded_;  ///< sampled frames, as they were and restored, of length 1
};

}  // namespace seben::pipeline
