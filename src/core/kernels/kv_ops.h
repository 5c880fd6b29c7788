// SPDX-License-Identifier: Apache-2.0
// Attention of a few queries to stored keys and values, chosen for the processor at run time. Keys lie sixteen
// positions side by side, so that a product ends in sixteen scores and no sum runs across a vector. Coded keys and
// values are never restored: with k = zero + scale * code,
//   q k = zero * sum(q) + scale * (q code)  and  sum_j p_j v_j = sum_j (p_j zero_j) + sum_j (p_j scale_j) code_j,
// where a scale and a zero (fp16) belong to a group of neighbouring values of one position.
#pragma once

#include <cstdint>

#include "base/isa.h"
#include "kernels/narrow_ops.h"

namespace seben::kernels {

/// Positions of a block of keys.
inline constexpr std::int64_t kKeyLanes = 16;
/// Groups of one head at most.
inline constexpr std::int64_t kMostGroups = 64;

/// How the numbers of a cache are stored.
enum class KvForm : std::uint8_t {
  f32,
  bf16,
  u8,  ///< codes of 8 bits
  u4,  ///< codes of 4 bits
};

/// One head's keys: [blocks][head_dim][16]; u4: [blocks][head_dim / 2][16], the even dimension in the low half.
struct KeyBlocks {
  KvForm form = KvForm::f32;
  const void* data = nullptr;
  std::int64_t blocks = 0;
  std::int64_t head_dim = 0;
  std::int64_t group = 0;                 ///< u8 and u4: values that share a scale; divides head_dim
  const std::uint16_t* scales = nullptr;  ///< u8 and u4: [head_dim / group][16 blocks]
  const std::uint16_t* zeros = nullptr;
};

/// One head's values: [count][stride bytes]; u4: byte i of a group holds values i and i + group / 2 of it.
struct ValueRows {
  KvForm form = KvForm::f32;
  const void* data = nullptr;
  std::int64_t stride = 0;  ///< bytes from one position to the next
  std::int64_t count = 0;
  std::int64_t head_dim = 0;
  std::int64_t group = 0;
  std::int64_t group_stride = 0;          ///< scales from one group to the next
  const std::uint16_t* scales = nullptr;  ///< [head_dim / group][group_stride]
  const std::uint16_t* zeros = nullptr;
};

struct KvOps {
  const char* name;
  /// A block of keys from sixteen rows: to[i * 16 + lane] = rows[lane * stride + i] for i below `dims`.
  void (*gather)(const float* rows, std::int64_t stride, std::int64_t dims, float* to);
  /// y[m * y_stride + j] = x[m] key[j] for all positions of all blocks.
  void (*scores)(const KeyBlocks& keys, MatrixRows<float> x, float* y, std::int64_t y_stride);
  /// y[m * y_stride + i] = sum_j p[m * p_stride + j] value[j][i] for `rows` rows m. `room`: rows * count floats where
  /// the values are coded.
  void (*mix)(const ValueRows& values, const float* p, std::int64_t p_stride, std::int64_t rows, float* y,
              std::int64_t y_stride, float* room);
  /// to[j] = p[j] * scales[j]; returns sum_j p[j] * zeros[j].
  float (*weigh)(const float* p, const std::uint16_t* scales, const std::uint16_t* zeros, std::int64_t n, float* to);
  /// y[j] = zeros[j] * sum + scales[j] * y[j]
  void (*rescale)(const std::uint16_t* scales, const std::uint16_t* zeros, float sum, std::int64_t n, float* y);
};

[[nodiscard]] const KvOps& kv_ops(base::Isa isa = base::best_isa());

}  // namespace seben::kernels
