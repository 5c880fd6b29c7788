// SPDX-License-Identifier: Apache-2.0
// Softmax attention of one head, in tiles of a few queries against all keys: the scores of a tile stay in the first
// cache, the whole score matrix is never stored. Keys and values are packed once for all queries of the head.
//   out[i] = sum_j softmax_j(q_i . k_j + bias_ij) v_j     (the 1 / sqrt(head_dim) is folded into q by the caller)
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/isa.h"

namespace seben::kernels {

struct AttentionShape {
  std::int64_t keys = 0;      ///< number of keys and values
  std::int64_t head_dim = 0;  ///< any positive number; multiples of 16 are fast
};

/// `count` query rows of one head. q: [count, head_dim] with `q_stride` elements between rows, out likewise.
template <typename Element>
struct AttentionQueries {
  const Element* q = nullptr;
  std::int64_t q_stride = 0;
  std::int64_t count = 0;
  const float* bias = nullptr;  ///< null, or [count, keys] added to the scores
  float* out = nullptr;
  std::int64_t out_stride = 0;
};

struct AttentionOps {
  const char* name;
  /// Elements (floats, or bf16 values for the bf16 form) that the packed keys, the packed values and one caller's
  /// scratch (always floats) need.
  std::int64_t (*packed_keys)(AttentionShape shape);
  std::int64_t (*packed_values)(AttentionShape shape);
  std::int64_t (*scratch_floats)(AttentionShape shape);

  void (*pack_f32)(const float* k, const float* v, std::int64_t stride, AttentionShape shape, float* keys,
                   float* values);
  void (*run_f32)(AttentionQueries<float> queries, AttentionShape shape, const float* keys, const float* values,
                  float* scratch);
  /// Null where the processor has no bf16 dot product; callers then use the f32 form. head_dim must be even.
  void (*pack_bf16)(const std::uint16_t* k, const std::uint16_t* v, std::int64_t stride, AttentionShape shape,
                    std::uint16_t* keys, std::uint16_t* values);
  void (*run_bf16)(AttentionQueries<std::uint16_t> queries, AttentionShape shape, const std::uint16_t* keys,
                   const std::uint16_t* values, float* scratch);
};

[[nodiscard]] const AttentionOps& attention_ops(base::Isa isa = base::best_isa());

}  // namespace seben::kernels
