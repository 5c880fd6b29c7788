// SPDX-License-Identifier: Apache-2.0
// Attention to stored keys and values, compiled once for each instruction set; see simd.h and kv_ops.h.
#include "kernels/kv_ops.h"
#include "kernels/widen.h"

namespace seben::kernels::SEBEN_SIMD_NAMESPACE {

constexpr std::int64_t kBlockVectors = kKeyLanes / kLanes;               // of one dimension of a block
constexpr std::int64_t kQueryRows = SEBEN_SIMD_BYTES == 64 ? 6 : 2;      // of a register tile
constexpr std::int64_t kColumnVectors = SEBEN_SIMD_BYTES == 64 ? 4 : 2;  // of a register tile of values
constexpr std::int64_t kMixRows = SEBEN_SIMD_BYTES == 64 ? 5 : 2;

// Sums that run side by side, so that no product waits for the one before.
constexpr std::int64_t chains(std::int64_t rows) {
  if (SEBEN_SIMD_BYTES == 64) return rows <= 2 ? 4 : 2;
  if (SEBEN_SIMD_BYTES == 32) return rows == 1 ? 4 : 2;
  return rows == 1 ? 2 : 1;
}

template <std::int64_t M>
struct BlockSum {
  Floats of[std::size_t{M}][std::size_t{kBlockVectors}] = {};
};

// Plain numbers and codes of one byte: dimension d of a block begins at d * 16.
template <std::int64_t M, typename Element>
inline void add_dims(const Element* keys, const float* x, std::int64_t x_stride, std::int64_t dims, BlockSum<M>& to) {
  constexpr std::int64_t S = chains(M);
  Floats sum[std::size_t{S}][std::size_t{M}][std::size_t{kBlockVectors}] = {};
  const auto add = [&](std::int64_t d, std::int64_t s) {
    for (std::int64_t v = 0; v < kBlockVectors; ++v) {
      const Floats key = widen(keys + d * kKeyLanes + v * kLanes);
      for (std::int64_t m = 0; m < M; ++m) sum[s][m][v] += splat(x[m * x_stride + d]) * key;
    }
  };
  std::int64_t d = 0;
  for (; d + S <= dims; d += S) {
    for (std::int64_t s = 0; s < S; ++s) add(d + s, s);
  }
  for (; d < dims; ++d) add(d, 0);
  for (std::int64_t m = 0; m < M; ++m) {
    for (std::int64_t v = 0; v < kBlockVectors; ++v) {
      for (std::int64_t s = 0; s < S; ++s) to.of[m][v] += sum[s][m][v];
    }
  }
}

// Codes of four bits: a byte holds two neighbouring dimensions.
template <std::int64_t M>
inline void add_nibbles(const std::uint8_t* keys, const float* x, std::int64_t x_stride, std::int64_t dims,
                        BlockSum<M>& to) {
  BlockSum<M> odd;
  for (std::int64_t d = 0; d < dims; d += 2, keys += kKeyLanes) {
    for (std::int64_t v = 0; v < kBlockVectors; ++v) {
      const Ints both = widen_bytes(keys + v * kLanes);
      const Floats low = __builtin_convertvector(both & 15, Floats), high = __builtin_convertvector(both >> 4, Floats);
      for (std::int64_t m = 0; m < M; ++m) {
        to.of[m][v] += splat(x[m * x_stride + d]) * low;
        odd.of[m][v] += splat(x[m * x_stride + d + 1]) * high;
      }
    }
  }
  for (std::int64_t m = 0; m < M; ++m) {
    for (std::int64_t v = 0; v < kBlockVectors; ++v) to.of[m][v] += odd.of[m][v];
  }
}

template <std::int64_t M>
inline void store_block(const BlockSum<M>& sum, float* y, std::int64_t y_stride) {
  for (std::int64_t m = 0; m < M; ++m) {
    for (std::int64_t v = 0; v < kBlockVectors; ++v) store(y + m * y_stride + v * kLanes, sum.of[m][v]);
  }
}

template <std::int64_t M, typename Element>
inline void plain_scores(const KeyBlocks& k, const float* x, std::int64_t x_stride, float* y, std::int64_t y_stride) {
  const auto* keys = static_cast<const Element*>(k.data);
  for (std::int64_t b = 0; b < k.blocks; ++b) {
    BlockSum<M> sum;
    add_dims<M>(keys + b * k.head_dim * kKeyLanes, x, x_stride, k.head_dim, sum);
    store_block<M>(sum, y + b * kKeyLanes, y_stride);
  }
}

template <std::int64_t M, bool Four>
inline void coded_scores(const KeyBlocks& k, const float* x, std::int64_t x_stride, float* y, std::int64_t y_stride) {
  const auto* keys = static_cast<const std::uint8_t*>(k.data);
  const std::int64_t groups = k.head_dim / k.group, lanes = k.blocks * kKeyLanes;
  const std::int64_t group_bytes = k.group * kKeyLanes / (Four ? 2 : 1);
  float sums[std::size_t{M}][kMostGroups];  // of the queries' groups, for the zeros
  for (std::int64_t m = 0; m < M; ++m) {
    for (std::int64_t g = 0; g < groups; ++g) {
      sums[m][g] = 0.0F;
      for (std::int64_t i = 0; i < k.group; ++i) sums[m][g] += x[m * x_stride + g * k.group + i];
    }
  }
  for (std::int64_t b = 0; b < k.blocks; ++b) {
    BlockSum<M> total;
    for (std::int64_t g = 0; g < groups; ++g, keys += group_bytes) {
      BlockSum<M> sum;
      if constexpr (Four) {
        add_nibbles<M>(keys, x + g * k.group, x_stride, k.group, sum);
      } else {
        add_dims<M>(keys, x + g * k.group, x_stride, k.group, sum);
      }
      for (std::int64_t v = 0; v < kBlockVectors; ++v) {
        const std::int64_t at = g * lanes + b * kKeyLanes + v * kLanes;
        const Floats scale = widen(reinterpret_cast<const Half*>(k.scales + at));
        const Floats zero = widen(reinterpret_cast<const Half*>(k.zeros + at));
        for (std::int64_t m = 0; m < M; ++m) total.of[m][v] += scale * sum.of[m][v] + zero * splat(sums[m][g]);
      }
    }
    store_block<M>(total, y + b * kKeyLanes, y_stride);
  }
}

template <std::int64_t M>
inline void scores_of(const KeyBlocks& k, const float* x, std::int64_t x_stride, float* y, std::int64_t y_stride) {
  switch (k.form) {
    case KvForm::f32: return plain_scores<M, float>(k, x, x_stride, y, y_stride);
    case KvForm::bf16: return plain_scores<M, std::uint16_t>(k, x, x_stride, y, y_stride);
    case KvForm::u8: return coded_scores<M, false>(k, x, x_stride, y, y_stride);
    case KvForm::u4: return coded_scores<M, true>(k, x, x_stride, y, y_stride);
  }
}

// Calls body.operator()<M>(first row) with as many rows as fit into the registers.
template <std::int64_t Most, typename Body>
inline void by_rows(std::int64_t rows, Body body) {
  std::int64_t m = 0;
  for (; m + Most <= rows; m += Most) body.template operator()<Most>(m);
  switch (rows - m) {
    case 1: return body.template operator()<1>(m);
    case 2: return body.template operator() < Most >= 3 ? 2 : 1 > (m);
    case 3: return body.template operator() < Most >= 4 ? 3 : 1 > (m);
    case 4: return body.template operator() < Most >= 5 ? 4 : 1 > (m);
    case 5: return body.template operator() < Most >= 6 ? 5 : 1 > (m);
    default: return;
  }
}

inline void scores(const KeyBlocks& k, MatrixRows<float> x, float* y, std::int64_t y_stride) {
  by_rows<kQueryRows>(x.count, [&]<std::int64_t M>(std::int64_t m) {
    scores_of<M>(k, x.data + m * x.stride, x.stride, y + m * y_stride, y_stride);
  });
}

// Some columns of all values: `values` is the first one's first column.
template <std::int64_t M, std::int64_t V, typename Element>
inline void mix_tile(const Element* values, std::int64_t stride, std::int64_t count, const float* p,
                     std::int64_t p_stride, float* y, std::int64_t y_stride) {
  Floats sum[std::size_t{M}][std::size_t{V}] = {};
  for (std::int64_t j = 0; j < count; ++j) {
    Floats value[std::size_t{V}];
    for (std::int64_t c = 0; c < V; ++c) value[c] = widen(values + j * stride + c * kLanes);
    for (std::int64_t m = 0; m < M; ++m) {
      const Floats weight = splat(p[m * p_stride + j]);
      for (std::int64_t c = 0; c < V; ++c) sum[m][c] += weight * value[c];
    }
  }
  for (std::int64_t m = 0; m < M; ++m) {
    for (std::int64_t c = 0; c < V; ++c) store(y + m * y_stride + c * kLanes, sum[m][c]);
  }
}

template <std::int64_t M, typename Element>
inline void mix_columns(const Element* values, std::int64_t stride, std::int64_t count, std::int64_t width,
                        const float* p, std::int64_t p_stride, float* y, std::int64_t y_stride) {
  std::int64_t i = 0;
  for (; i + kColumnVectors * kLanes <= width; i += kColumnVectors * kLanes) {
    mix_tile<M, kColumnVectors>(values + i, stride, count, p, p_stride, y + i, y_stride);
  }
  for (; i + kLanes <= width; i += kLanes) mix_tile<M, 1>(values + i, stride, count, p, p_stride, y + i, y_stride);
  for (; i < width; ++i) {
    for (std::int64_t m = 0; m < M; ++m) {
      float total = 0.0F;
      for (std::int64_t j = 0; j < count; ++j) {
        total = add_product(total, p[m * p_stride + j], widen_one(values[j * stride + i]));
      }
      y[m * y_stride + i] = total;
    }
  }
}

// Codes of four bits, one group: byte i of a row holds values i and i + half.
template <std::int64_t M>
inline void mix_nibbles(const std::uint8_t* values, std::int64_t stride, std::int64_t count, std::int64_t half,
                        const float* p, std::int64_t p_stride, float* y, std::int64_t y_stride) {
  std::int64_t i = 0;
  for (; i + kLanes <= half; i += kLanes) {
    Floats low[std::size_t{M}] = {}, high[std::size_t{M}] = {};
    for (std::int64_t j = 0; j < count; ++j) {
      const Ints both = widen_bytes(values + j * stride + i);
      const Floats first = __builtin_convertvector(both & 15, Floats);
      const Floats second = __builtin_convertvector(both >> 4, Floats);
      for (std::int64_t m = 0; m < M; ++m) {
        const Floats weight = splat(p[m * p_stride + j]);
        low[m] += weight * first;
        high[m] += weight * second;
      }
    }
    for (std::int64_t m = 0; m < M; ++m) {
      store(y + m * y_stride + i, low[m]);
      store(y + m * y_stride + half + i, high[m]);
    }
  }
  for (; i < half; ++i) {
    for (std::int64_t m = 0; m < M; ++m) {
      float low = 0.0F, high = 0.0F;
      for (std::int64_t j = 0; j < count; ++j) {
        low += p[m * p_stride + j] * static_cast<float>(values[j * stride + i] & 15);
        high += p[m * p_stride + j] * static_cast<float>(values[j * stride + i] >> 4);
      }
      y[m * y_stride + i] = low;
      y[m * y_stride + half + i] = high;
    }
  }
}

// to[j] = p[j] * scales[j]; returns sum_j p[j] * zeros[j].
inline float weigh(const float* p, const std::uint16_t* scales, const std::uint16_t* zeros, std::int64_t n, float* to) {
  const auto *s = reinterpret_cast<const Half*>(scales), *z = reinterpret_cast<const Half*>(zeros);
  Floats sum = {};
  std::int64_t j = 0;
  for (; j + kLanes <= n; j += kLanes) {
    const Floats weight = load<Floats>(p + j);
    store(to + j, weight * widen(s + j));
    sum += weight * widen(z + j);
  }
  float total = fold(sum);
  for (; j < n; ++j) {
    to[j] = p[j] * widen_one(s[j]);
    total += p[j] * widen_one(z[j]);
  }
  return total;
}

template <std::int64_t M>
inline void mix_coded(const ValueRows& v, const float* p, std::int64_t p_stride, float* y, std::int64_t y_stride,
                      float* room) {
  const bool four = v.form == KvForm::u4;
  const auto* codes = static_cast<const std::uint8_t*>(v.data);
  const std::int64_t bytes = four ? v.group / 2 : v.group;
  for (std::int64_t g = 0; g < v.head_dim / v.group; ++g) {
    float* to = y + g * v.group;
    float offset[std::size_t{M}];
    for (std::int64_t m = 0; m < M; ++m) {
      offset[m] = weigh(p + m * p_stride, v.scales + g * v.group_stride, v.zeros + g * v.group_stride, v.count,
                        room + m * v.count);
    }
    if (four) {
      mix_nibbles<M>(codes + g * bytes, v.stride, v.count, bytes, room, v.count, to, y_stride);
    } else {
      mix_columns<M>(codes + g * bytes, v.stride, v.count, v.group, room, v.count, to, y_stride);
    }
    for (std::int64_t m = 0; m < M; ++m) {
      for (std::int64_t i = 0; i < v.group; ++i) to[m * y_stride + i] += offset[m];
    }
  }
}

inline void mix(const ValueRows& v, const float* p, std::int64_t p_stride, std::int64_t rows, float* y,
                std::int64_t y_stride, float* room) {
  by_rows<kMixRows>(rows, [&]<std::int64_t M>(std::int64_t m) {
    const float* weights = p + m * p_stride;
    float* to = y + m * y_stride;
    const auto plain = [&]<typename Element>(const Element* values) {
      mix_columns<M>(values, v.stride / static_cast<std::int64_t>(sizeof(Element)), v.count, v.head_dim, weights,
                     p_stride, to, y_stride);
    };
    switch (v.form) {
      case KvForm::f32: return plain(static_cast<const float*>(v.data));
      case KvForm::bf16: return plain(static_cast<const std::uint16_t*>(v.data));
      case KvForm::u8:
      case KvForm::u4: return mix_coded<M>(v, weights, p_stride, to, y_stride, room);
    }
  });
}

inline void rescale(const std::uint16_t* scales, const std::uint16_t* zeros, float sum, std::int64_t n, float* y) {
  const auto *s = reinterpret_cast<const Half*>(scales), *z = reinterpret_cast<const Half*>(zeros);
  std::int64_t j = 0;
  for (; j + kLanes <= n; j += kLanes) store(y + j, widen(z + j) * splat(sum) + widen(s + j) * load<Floats>(y + j));
  for (; j < n; ++j) y[j] = widen_one(z[j]) * sum + widen_one(s[j]) * y[j];
}

inline void gather(const float* rows, std::int64_t stride, std::int64_t dims, float* to) {
#if SEBEN_SIMD_BYTES == 64 && defined(__AVX512F__)
  Ints lanes;
  for (std::int64_t lane = 0; lane < kLanes; ++lane) lanes[lane] = static_cast<std::int32_t>(lane * stride);
  for (std::int64_t i = 0; i < dims; ++i) {
    _mm512_storeu_ps(to + i * kKeyLanes,
                     _mm512_mask_i32gather_ps(_mm512_setzero_ps(), kAll, bits<__m512i>(lanes), rows + i, 4));
  }
#else
  for (std::int64_t i = 0; i < dims; ++i) {
    for (std::int64_t lane = 0; lane < kKeyLanes; ++lane) to[i * kKeyLanes + lane] = rows[lane * stride + i];
  }
#endif
}

extern const KvOps kv_ops;
const KvOps kv_ops = {SEBEN_SIMD_NAME, gather, scores, mix, weigh, rescale};

}  // namespace seben::kernels::SEBEN_SIMD_NAMESPACE
