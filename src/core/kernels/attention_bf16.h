// SPDX-License-Identifier: Apache-2.0
// The bf16 form of the attention tiles for processors with AVX-512 BF16: products of bf16 pairs summed in f32. Included
// by attention_impl.h alone.
#include <immintrin.h>

namespace seben::kernels::SEBEN_SIMD_NAMESPACE {

static_assert(SEBEN_SIMD_BYTES == 64);

inline __m512bh pairs(const void* from) {
  __m512bh v;
  __builtin_memcpy(&v, from, sizeof v);
  return v;
}

inline __m512bh splat_pair(const std::uint16_t* from) {
  std::int32_t both;
  __builtin_memcpy(&both, from, sizeof both);
  const __m512i wide = _mm512_set1_epi32(both);
  __m512bh v;
  __builtin_memcpy(&v, &wide, sizeof v);
  return v;
}

inline void pack_bf16(const std::uint16_t* k, const std::uint16_t* v, std::int64_t stride, AttentionShape s,
                      std::uint16_t* keys, std::uint16_t* values) {
  const std::int64_t width = round_up(s.head_dim, kLanes);
  for (std::int64_t first = 0; first < padded_keys(s); first += kKeyBlock) {
    for (std::int64_t d = 0; d < s.head_dim; d += 2) {
      for (std::int64_t j = first; j < first + kKeyBlock; ++j, keys += 2) {
        std::uint32_t both = 0;
        if (j < s.keys) __builtin_memcpy(&both, k + j * stride + d, sizeof both);
        __builtin_memcpy(keys, &both, sizeof both);
      }
    }
  }
  for (std::int64_t j = 0; j < padded_keys(s); j += 2) {
    for (std::int64_t d = 0; d < width; ++d) {
      *values++ = j < s.keys && d < s.head_dim ? v[j * stride + d] : std::uint16_t{0};
      *values++ = j + 1 < s.keys && d < s.head_dim ? v[(j + 1) * stride + d] : std::uint16_t{0};
    }
  }
}

template <std::int64_t Q>
inline void score_tile_bf16(const std::uint16_t* q, std::int64_t q_stride, AttentionShape s, const std::uint16_t* keys,
                            float* scores) {
  const std::int64_t row = padded_keys(s);
  for (std::int64_t first = 0; first < row; first += kKeyBlock, keys += kKeyBlock * s.head_dim) {
    __m512 sum[std::size_t{Q}][kVectors] = {};
    for (std::int64_t d = 0; d < s.head_dim; d += 2) {
      __m512bh key[kVectors];
      for (std::int64_t c = 0; c < kVectors; ++c) key[c] = pairs(keys + d * kKeyBlock + c * 2 * kLanes);
      for (std::int64_t i = 0; i < Q; ++i) {
        const __m512bh query = splat_pair(q + i * q_stride + d);
        for (std::int64_t c = 0; c < kVectors; ++c) sum[i][c] = _mm512_dpbf16_ps(sum[i][c], query, key[c]);
      }
    }
    for (std::int64_t i = 0; i < Q; ++i) {
      for (std::int64_t c = 0; c < kVectors; ++c) _mm512_storeu_ps(scores + i * row + first + c * kLanes, sum[i][c]);
    }
  }
}

template <std::int64_t Q, std::int64_t V>
inline void mix_tile_bf16(const std::uint16_t* weights, AttentionShape s, const std::uint16_t* values,
                          const float* scale, float (*out)[kVectors * kLanes]) {
  const std::int64_t row = padded_keys(s), width = round_up(s.head_dim, kLanes);
  __m512 sum[std::size_t{Q}][std::size_t{V}] = {};
  for (std::int64_t j = 0; j < s.keys; j += 2) {
    __m512bh value[std::size_t{V}];
    for (std::int64_t c = 0; c < V; ++c) value[c] = pairs(values + j * width + c * 2 * kLanes);
    for (std::int64_t i = 0; i < Q; ++i) {
      const __m512bh weight = splat_pair(weights + i * row + j);
      for (std::int64_t c = 0; c < V; ++c) sum[i][c] = _mm512_dpbf16_ps(sum[i][c], weight, value[c]);
    }
  }
  for (std::int64_t i = 0; i < Q; ++i) {
    for (std::int64_t c = 0; c < V; ++c)
      _mm512_storeu_ps(out[i] + c * kLanes, _mm512_mul_ps(sum[i][c], _mm512_set1_ps(scale[i])));
  }
}

// 2^x for x <= 0, relative error about 1e-4: the result is rounded to bf16 (4e-3) anyway.
inline Floats exp2_coarse(Floats x) {
  x = larger(x, splat(-125.0F));
  const Floats shifter = splat(12582912.0F);  // 1.5 * 2^23: adding it rounds to the nearest integer
  const Floats biased = x + shifter;
  const Floats r = x - (biased - shifter);
  Floats p = 0.0558016F * r + 0.2402265F;
  p = p * r + 0.6931472F;
  p = p * r + 1.0F;
  return bits<Floats>(bits<Ints>(p) + (bits<Ints>(biased) << 23));
}

// One row of scores to weights exp(score - max) in bf16; returns 1 / their sum. Padding gets 2^-125, which meets
// packed values of zero and is lost in the sum.
inline float softmax_row_bf16(float* scores, std::int64_t keys, std::int64_t padded, const float* bias,
                              std::uint16_t* weights) {
  if (bias != nullptr) {
    for (std::int64_t j = 0; j < keys; ++j) scores[j] += bias[j];
  }
  for (std::int64_t j = keys; j < padded; ++j) scores[j] = -__builtin_inff();
  Floats top = load<Floats>(scores);
  for (std::int64_t j = kLanes; j < padded; j += kLanes) top = larger(top, load<Floats>(scores + j));
  constexpr float kLog2E = 1.44269504F;
  const float shift = kLog2E * max_lanes(top);
  Floats total = {};
  for (std::int64_t j = 0; j < padded; j += kLanes) {
    const Floats e = exp2_coarse(load<Floats>(scores + j) * kLog2E - shift);
    total += e;
    const __m256bh half = _mm512_cvtneps_pbh(bits<__m512>(e));
    __builtin_memcpy(weights + j, &half, sizeof half);
  }
  return 1.0F / sum_lanes(total);
}

template <std::int64_t Q>
inline void tile_bf16(AttentionQueries<std::uint16_t> in, AttentionShape s, const std::uint16_t* keys,
                      const std::uint16_t* values, float* scratch) {
  const std::int64_t row = padded_keys(s);
  auto* weights = reinterpret_cast<std::uint16_t*>(scratch + kQueries * row);
  score_tile_bf16<Q>(in.q, in.q_stride, s, keys, scratch);
  float scale[std::size_t{Q}];
  for (std::int64_t i = 0; i < Q; ++i) {
    scale[i] = softmax_row_bf16(scratch + i * row, s.keys, row, in.bias == nullptr ? nullptr : in.bias + i * s.keys,
                                weights + i * row);
  }
  mix_all<Q>(s.head_dim, in.out, in.out_stride, [&](std::int64_t d, std::int64_t vectors, auto* tile) {
    switch (vectors) {
      case 1: return mix_tile_bf16<Q, 1>(weights, s, values + 2 * d, scale, tile);
      case 2: return mix_tile_bf16<Q, 2>(weights, s, values + 2 * d, scale, tile);
      case 3: return mix_tile_bf16<Q, 3>(weights, s, values + 2 * d, scale, tile);
      default: return mix_tile_bf16<Q, 4>(weights, s, values + 2 * d, scale, tile);
    }
  });
}

inline void run_bf16(AttentionQueries<std::uint16_t> in, AttentionShape s, const std::uint16_t* keys,
                     const std::uint16_t* values, float* scratch) {
  std::int64_t i = 0;
  for (; i + kQueries <= in.count; i += kQueries) {
    tile_bf16<kQueries>(advanced(in, i, s.keys), s, keys, values, scratch);
  }
  for (; i < in.count; ++i) tile_bf16<1>(advanced(in, i, s.keys), s, keys, values, scratch);
}

}  // namespace seben::kernels::SEBEN_SIMD_NAMESPACE
