// SPDX-License-Identifier: Apache-2.0
// Products of few rows, compiled once for each instruction set; see simd.h and narrow_ops.h.
#include "kernels/narrow_ops.h"
#include "kernels/simd.h"
#if defined(__AVX2__)
#include <immintrin.h>
#endif

namespace seben::kernels::SEBEN_SIMD_NAMESPACE {

constexpr std::int64_t kWeightRows = 4;                               // of a register tile
constexpr std::int64_t kInputRows = SEBEN_SIMD_BYTES == 64 ? 6 : 2;   // of a register tile
constexpr std::int64_t kMixVectors = SEBEN_SIMD_BYTES == 64 ? 4 : 2;  // columns of a register tile, in vectors
constexpr std::int64_t kInputBlock = 24;                              // rows that stay in the second cache

// By instructions where there are ones: GCC 12 takes the general conversions apart.
inline Floats widen(const float* from) { return load<Floats>(from); }
#if SEBEN_SIMD_BYTES == 64 && defined(__AVX512F__)
constexpr __mmask16 kAll = 0xFFFF;  // without a mask GCC 12 warns of the header's own variables (GCC bug 105593)
inline Floats widen(const std::uint16_t* from) {
  return bits<Floats>(bits<Words>(_mm512_maskz_cvtepu16_epi32(kAll, load<__m256i>(from))) << 16);
}
inline Floats widen(const std::int8_t* from) {
  return __builtin_convertvector(bits<Ints>(_mm512_maskz_cvtepi8_epi32(kAll, load<__m128i>(from))), Floats);
}
#elif SEBEN_SIMD_BYTES == 32 && defined(__AVX2__)
inline Floats widen(const std::uint16_t* from) {
  return bits<Floats>(_mm256_slli_epi32(_mm256_cvtepu16_epi32(load<__m128i>(from)), 16));
}
inline Floats widen(const std::int8_t* from) {
  return bits<Floats>(
      _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(from)))));
}
#else
inline Floats widen(const std::uint16_t* from) {
  return bits<Floats>(__builtin_convertvector(load<Halves>(from), Words) << 16);
}
// In two steps: of one, GCC 12 makes a loop over the lanes.
inline Floats widen(const std::int8_t* from) {
  using Shorts [[gnu::vector_size(SEBEN_SIMD_BYTES / 2)]] = std::int16_t;
  const Shorts shorts = __builtin_convertvector(load<SignedBytes>(from), Shorts);
  return __builtin_convertvector(__builtin_convertvector(shorts, Ints), Floats);
}
#endif

inline float widen_one(float x) { return x; }
inline float widen_one(std::uint16_t x) { return bits<float>(static_cast<std::uint32_t>(x) << 16); }
inline float widen_one(std::int8_t x) { return static_cast<float>(x); }

// The sum of all lanes by halves, not one lane after the other.
inline float fold(Floats v) {
  using Four [[gnu::vector_size(16)]] = float;
#if SEBEN_SIMD_BYTES == 64
  using Eight [[gnu::vector_size(32)]] = float;
  const Eight e = __builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7) +
                  __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15);
  const Four f = __builtin_shufflevector(e, e, 0, 1, 2, 3) + __builtin_shufflevector(e, e, 4, 5, 6, 7);
#elif SEBEN_SIMD_BYTES == 32
  const Four f = __builtin_shufflevector(v, v, 0, 1, 2, 3) + __builtin_shufflevector(v, v, 4, 5, 6, 7);
#else
  const Four f = v;
#endif
  return (f[0] + f[2]) + (f[1] + f[3]);
}

template <std::int64_t R, std::int64_t M, typename Weight>
inline void dot_tile(const Weight* w, std::int64_t w_stride, std::int64_t width, const float* x, std::int64_t x_stride,
                     float* y, std::int64_t y_stride) {
  Floats sum[std::size_t{R}][std::size_t{M}] = {};
  std::int64_t i = 0;
  for (; i + kLanes <= width; i += kLanes) {
    Floats in[std::size_t{M}];
    for (std::int64_t m = 0; m < M; ++m) in[m] = load<Floats>(x + m * x_stride + i);
    for (std::int64_t r = 0; r < R; ++r) {
      const Weight* from = w + r * w_stride + i;
      __builtin_prefetch(from + R * w_stride);  // rows are too short for the processor to find their continuation
      const Floats weight = widen(from);
      for (std::int64_t m = 0; m < M; ++m) sum[r][m] += weight * in[m];
    }
  }
  for (std::int64_t r = 0; r < R; ++r) {
    for (std::int64_t m = 0; m < M; ++m) {
      float total = fold(sum[r][m]);
      for (std::int64_t j = i; j < width; ++j) total += widen_one(w[r * w_stride + j]) * x[m * x_stride + j];
      y[m * y_stride + r] = total;
    }
  }
}

template <std::int64_t R, typename Weight>
inline void dot_inputs(const Weight* w, std::int64_t w_stride, MatrixRows<float> x, float* y, std::int64_t y_stride) {
  const std::int64_t width = x.width;
  std::int64_t m = 0;
  for (; m + kInputRows <= x.count; m += kInputRows) {
    dot_tile<R, kInputRows>(w, w_stride, width, x.data + m * x.stride, x.stride, y + m * y_stride, y_stride);
  }
  const float* rest = x.data + m * x.stride;
  float* to = y + m * y_stride;
  switch (x.count - m) {
    case 1: return dot_tile<R, 1>(w, w_stride, width, rest, x.stride, to, y_stride);
    case 2: return dot_tile < R, kInputRows == 6 ? 2 : 1 > (w, w_stride, width, rest, x.stride, to, y_stride);
    case 3: return dot_tile < R, kInputRows == 6 ? 3 : 1 > (w, w_stride, width, rest, x.stride, to, y_stride);
    case 4: return dot_tile < R, kInputRows == 6 ? 4 : 1 > (w, w_stride, width, rest, x.stride, to, y_stride);
    case 5: return dot_tile < R, kInputRows == 6 ? 5 : 1 > (w, w_stride, width, rest, x.stride, to, y_stride);
    default: return;
  }
}

template <typename Weight>
inline void dots(MatrixRows<Weight> w, MatrixRows<float> x, float* y, std::int64_t y_stride) {
  for (std::int64_t first = 0; first < x.count; first += kInputBlock) {
    const std::int64_t count = x.count - first < kInputBlock ? x.count - first : kInputBlock;
    const MatrixRows<float> block{x.data + first * x.stride, x.stride, count, x.width};
    float* to = y + first * y_stride;
    std::int64_t r = 0;
    for (; r + kWeightRows <= w.count; r += kWeightRows) {
      dot_inputs<kWeightRows>(w.data + r * w.stride, w.stride, block, to + r, y_stride);
    }
    for (; r < w.count; ++r) dot_inputs<1>(w.data + r * w.stride, w.stride, block, to + r, y_stride);
  }
}

template <std::int64_t M, std::int64_t V, typename Value>
inline void mix_tile(MatrixRows<Value> v, const float* p, std::int64_t p_stride, float* y, std::int64_t y_stride) {
  Floats sum[std::size_t{M}][std::size_t{V}] = {};
  for (std::int64_t j = 0; j < v.count; ++j) {
    Floats value[std::size_t{V}];
    for (std::int64_t c = 0; c < V; ++c) value[c] = widen(v.data + j * v.stride + c * kLanes);
    for (std::int64_t m = 0; m < M; ++m) {
      const Floats weight = splat(p[m * p_stride + j]);
      for (std::int64_t c = 0; c < V; ++c) sum[m][c] += weight * value[c];
    }
  }
  for (std::int64_t m = 0; m < M; ++m) {
    for (std::int64_t c = 0; c < V; ++c) {
      float* to = y + m * y_stride + c * kLanes;
      store(to, load<Floats>(to) + sum[m][c]);
    }
  }
}

template <std::int64_t M, typename Value>
inline void mix_columns(MatrixRows<Value> v, const float* p, std::int64_t p_stride, float* y, std::int64_t y_stride) {
  std::int64_t i = 0;
  const auto at = [&](std::int64_t column) {
    return MatrixRows<Value>{v.data + column, v.stride, v.count, v.width - column};
  };
  for (; i + kMixVectors * kLanes <= v.width; i += kMixVectors * kLanes) {
    mix_tile<M, kMixVectors>(at(i), p, p_stride, y + i, y_stride);
  }
  for (; i + kLanes <= v.width; i += kLanes) mix_tile<M, 1>(at(i), p, p_stride, y + i, y_stride);
  for (; i < v.width; ++i) {
    for (std::int64_t m = 0; m < M; ++m) {
      float total = 0.0F;
      for (std::int64_t j = 0; j < v.count; ++j) total += p[m * p_stride + j] * widen_one(v.data[j * v.stride + i]);
      y[m * y_stride + i] += total;
    }
  }
}

template <typename Value>
inline void mix(MatrixRows<Value> v, const float* p, std::int64_t p_stride, std::int64_t rows, float* y,
                std::int64_t y_stride) {
  constexpr std::int64_t kRows = 4;
  std::int64_t m = 0;
  for (; m + kRows <= rows; m += kRows) mix_columns<kRows>(v, p + m * p_stride, p_stride, y + m * y_stride, y_stride);
  for (; m < rows; ++m) mix_columns<1>(v, p + m * p_stride, p_stride, y + m * y_stride, y_stride);
}

inline void softmax(float* x, std::int64_t n) {
  float top = x[0];
  std::int64_t i = 0;
  if (n >= kLanes) {
    Floats most = load<Floats>(x);
    for (i = kLanes; i + kLanes <= n; i += kLanes) most = larger(most, load<Floats>(x + i));
    top = max_lanes(most);
  }
  for (; i < n; ++i) top = x[i] > top ? x[i] : top;
  Floats sums = {};
  for (i = 0; i + kLanes <= n; i += kLanes) {
    const Floats e = exp(load<Floats>(x + i) - top);
    store(x + i, e);
    sums += e;
  }
  float total = fold(sums);
  for (; i < n; ++i) {
    x[i] = exp(splat(x[i] - top))[0];
    total += x[i];
  }
  const float inverse = 1.0F / total;
  for (i = 0; i + kLanes <= n; i += kLanes) store(x + i, load<Floats>(x + i) * inverse);
  for (; i < n; ++i) x[i] *= inverse;
}

constexpr NarrowOps make_narrow_ops(const char* name) {
  return {name, dots<float>, dots<std::uint16_t>, dots<std::int8_t>, mix<float>, mix<std::uint16_t>, softmax};
}

}  // namespace seben::kernels::SEBEN_SIMD_NAMESPACE
