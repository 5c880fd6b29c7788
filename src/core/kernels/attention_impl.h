// SPDX-License-Identifier: Apache-2.0
// Attention tiles, compiled once for each instruction set; see simd.h and attention.h.
//
// Packed keys:   [key block][dim][kKeyBlock], so that one load gives one dim of kLanes neighbouring keys.
// Packed values: [key][dims rounded up to kLanes].
// The bf16 forms (attention_bf16.h) interleave pairs of dims (keys) and pairs of keys (values), as the dot product
// wants.
#include "kernels/attention.h"
#include "kernels/simd.h"

namespace seben::kernels::SEBEN_SIMD_NAMESPACE {

constexpr std::int64_t kQueries = 6;                               // rows of a register tile
constexpr std::int64_t kVectors = SEBEN_SIMD_BYTES == 64 ? 4 : 2;  // columns of a register tile, in vectors
constexpr std::int64_t kKeyBlock = kVectors * kLanes;

constexpr std::int64_t round_up(std::int64_t n, std::int64_t to) { return (n + to - 1) / to * to; }
inline std::int64_t padded_keys(AttentionShape s) { return round_up(s.keys, kKeyBlock); }
inline std::int64_t packed_keys(AttentionShape s) { return padded_keys(s) * round_up(s.head_dim, 2); }
inline std::int64_t packed_values(AttentionShape s) { return padded_keys(s) * round_up(s.head_dim, kLanes); }
// Scores of one tile in f32, and room for the same weights in bf16.
inline std::int64_t scratch_floats(AttentionShape s) { return kQueries * padded_keys(s) * 2; }

inline void pack_f32(const float* k, const float* v, std::int64_t stride, AttentionShape s, float* keys,
                     float* values) {
  const std::int64_t width = round_up(s.head_dim, kLanes);
  for (std::int64_t first = 0; first < padded_keys(s); first += kKeyBlock) {
    for (std::int64_t d = 0; d < s.head_dim; ++d) {
      for (std::int64_t j = first; j < first + kKeyBlock; ++j) *keys++ = j < s.keys ? k[j * stride + d] : 0.0F;
    }
  }
  for (std::int64_t j = 0; j < padded_keys(s); ++j) {
    for (std::int64_t d = 0; d < width; ++d) *values++ = j < s.keys && d < s.head_dim ? v[j * stride + d] : 0.0F;
  }
}

// scores[q][block] for one tile of queries and all keys.
template <std::int64_t Q>
inline void score_tile(const float* q, std::int64_t q_stride, AttentionShape s, const float* keys, float* scores) {
  const std::int64_t row = padded_keys(s);
  for (std::int64_t first = 0; first < row; first += kKeyBlock, keys += kKeyBlock * s.head_dim) {
    Floats sum[std::size_t{Q}][kVectors] = {};
    for (std::int64_t d = 0; d < s.head_dim; ++d) {
      Floats key[kVectors];
      for (std::int64_t c = 0; c < kVectors; ++c) key[c] = load<Floats>(keys + d * kKeyBlock + c * kLanes);
      for (std::int64_t i = 0; i < Q; ++i) {
        const Floats query = splat(q[i * q_stride + d]);
        for (std::int64_t c = 0; c < kVectors; ++c) sum[i][c] += query * key[c];
      }
    }
    for (std::int64_t i = 0; i < Q; ++i) {
      for (std::int64_t c = 0; c < kVectors; ++c) store(scores + i * row + first + c * kLanes, sum[i][c]);
    }
  }
}

/// Turns one row of scores into exp(score - max) with zeros behind the last key; returns 1 / their sum.
inline float softmax_row(float* scores, std::int64_t keys, std::int64_t padded, const float* bias) {
  if (bias != nullptr) {
    for (std::int64_t j = 0; j < keys; ++j) scores[j] += bias[j];
  }
  for (std::int64_t j = keys; j < padded; ++j) scores[j] = -__builtin_inff();
  Floats top = load<Floats>(scores);
  for (std::int64_t j = kLanes; j < padded; j += kLanes) top = larger(top, load<Floats>(scores + j));
  const float shift = max_lanes(top);
  Floats total = {};
  for (std::int64_t j = 0; j < padded; j += kLanes) {
    const Floats e = exp(load<Floats>(scores + j) - shift);
    store(scores + j, e);
    total += e;
  }
  for (std::int64_t j = keys; j < padded; ++j) {
    total[0] -= scores[j];
    scores[j] = 0.0F;
  }
  return 1.0F / sum_lanes(total);
}

// out[q][dims of V vectors] = scale[q] * sum_j weights[q][j] values[j]
template <std::int64_t Q, std::int64_t V>
inline void mix_tile(const float* weights, AttentionShape s, const float* values, const float* scale,
                     float (*out)[kVectors * kLanes]) {
  const std::int64_t row = padded_keys(s), width = round_up(s.head_dim, kLanes);
  Floats sum[std::size_t{Q}][std::size_t{V}] = {};
  for (std::int64_t j = 0; j < s.keys; ++j) {
    Floats value[std::size_t{V}];
    for (std::int64_t c = 0; c < V; ++c) value[c] = load<Floats>(values + j * width + c * kLanes);
    for (std::int64_t i = 0; i < Q; ++i) {
      const Floats weight = splat(weights[i * row + j]);
      for (std::int64_t c = 0; c < V; ++c) sum[i][c] += weight * value[c];
    }
  }
  for (std::int64_t i = 0; i < Q; ++i) {
    for (std::int64_t c = 0; c < V; ++c) store(out[i] + c * kLanes, sum[i][c] * scale[i]);
  }
}

// Calls mix(first dim, V) over the head's dims, kVectors vectors at a time, and copies the exact dims out.
template <std::int64_t Q, typename Mix>
inline void mix_all(std::int64_t head_dim, float* out, std::int64_t out_stride, Mix mix) {
  float tile[std::size_t{Q}][kVectors * kLanes];
  for (std::int64_t d = 0; d < head_dim; d += kVectors * kLanes) {
    const std::int64_t left = head_dim - d < kVectors * kLanes ? head_dim - d : kVectors * kLanes;
    mix(d, (left + kLanes - 1) / kLanes, tile);
    for (std::int64_t i = 0; i < Q; ++i) {
      for (std::int64_t j = 0; j < left; ++j) out[i * out_stride + d + j] = tile[i][j];
    }
  }
}

template <std::int64_t Q>
inline void tile_f32(AttentionQueries<float> in, AttentionShape s, const float* keys, const float* values,
                     float* scratch) {
  const std::int64_t row = padded_keys(s);
  score_tile<Q>(in.q, in.q_stride, s, keys, scratch);
  float scale[std::size_t{Q}];
  for (std::int64_t i = 0; i < Q; ++i) {
    scale[i] = softmax_row(scratch + i * row, s.keys, row, in.bias == nullptr ? nullptr : in.bias + i * s.keys);
  }
  mix_all<Q>(s.head_dim, in.out, in.out_stride, [&](std::int64_t d, std::int64_t vectors, auto* tile) {
    switch (vectors) {
      case 1: return mix_tile<Q, 1>(scratch, s, values + d, scale, tile);
      case 2: return mix_tile<Q, 2>(scratch, s, values + d, scale, tile);
      case 3: return mix_tile < Q, kVectors == 4 ? 3 : 1 > (scratch, s, values + d, scale, tile);
      default: return mix_tile<Q, kVectors>(scratch, s, values + d, scale, tile);
    }
  });
}

template <typename Queries>
inline Queries advanced(Queries in, std::int64_t rows, std::int64_t keys) {
  in.q += rows * in.q_stride;
  in.out += rows * in.out_stride;
  if (in.bias != nullptr) in.bias += rows * keys;
  return in;
}

inline void run_f32(AttentionQueries<float> in, AttentionShape s, const float* keys, const float* values,
                    float* scratch) {
  std::int64_t i = 0;
  for (; i + kQueries <= in.count; i += kQueries) {
    tile_f32<kQueries>(advanced(in, i, s.keys), s, keys, values, scratch);
  }
  for (; i < in.count; ++i) tile_f32<1>(advanced(in, i, s.keys), s, keys, values, scratch);
}

}  // namespace seben::kernels::SEBEN_SIMD_NAMESPACE

#if SEBEN_SIMD_BYTES == 64
#include "kernels/attention_bf16.h"
#endif

namespace seben::kernels::SEBEN_SIMD_NAMESPACE {

#if SEBEN_SIMD_BYTES != 64
constexpr decltype(AttentionOps::pack_bf16) pack_bf16 = nullptr;
constexpr decltype(AttentionOps::run_bf16) run_bf16 = nullptr;
#endif

extern const AttentionOps attention_ops;
const AttentionOps attention_ops = {SEBEN_SIMD_NAME, packed_keys, packed_values, scratch_floats,
                                    pack_f32,        run_f32,     pack_bf16,     run_bf16};

}  // namespace seben::kernels::SEBEN_SIMD_NAMESPACE
