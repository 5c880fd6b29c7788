// SPDX-License-Identifier: Apache-2.0
// Attention of all heads of a layer over rows that hold q, k and v side by side.
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/attention.h"
#include "kernels/buffer.h"
#include "kernels/precision.h"
#include "kernels/threads.h"

namespace seben::kernels {

/// Memory and shape of one attention at a time; made once, reused for every layer of the same shape.
class MultiHead {
 public:
  /// `width` is heads * head_dim; at most `max_rows` rows; one scratch for each of `threads` threads.
  MultiHead(std::int64_t max_rows, std::int64_t width, std::int64_t heads, Precision precision, int threads);

  /// Stores row `r` of [q, k, v], each `width` wide, q already scaled by 1 / sqrt(head_dim).
  void set_row(std::int64_t r, const float* qkv);
  /// softmax(q k^T + bias) v for all heads over the first `rows` rows, called by every thread of the team.
  /// `bias` is null or [heads, rows, rows].
  void run(Team& team, std::int64_t rows, const float* bias = nullptr);
  /// Row `r` of the result, [width].
  [[nodiscard]] const float* mixed(std::int64_t r) const noexcept { return mixed_.as<float>() + r * width_; }

 private:
  template <typename Element>
  void run_as(Team& team, AttentionShape shape, const float* bias);

  std::int64_t width_, heads_;
  bool bf16_;
  Buffer qkv_, mixed_, keys_, values_;
  std::vector<Buffer> scratch_;
};

}  // namespace seben::kernels
