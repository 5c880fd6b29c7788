// SPDX-License-Identifier: Apache-2.0
// Products of few rows, compiled once for each instruction set; see simd.h and narrow_ops.h.
#include "kernels/narrow_ops.h"
#include "kernels/widen.h"

namespace seben::kernels::SEBEN_SIMD_NAMESPACE {

constexpr std::int64_t kWeightRows = 4;                               // of a register tile
constexpr std::int64_t kInputRows = SEBEN_SIMD_BYTES == 64 ? 6 : 2;   // of a register tile
constexpr std::int64_t kMixVectors = SEBEN_SIMD_BYTES == 64 ? 4 : 2;  // columns of a register tile, in vectors
constexpr std::int64_t kInputBlock = 24;                              // rows that stay in the second cache

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
      for (std::int64_t j = i; j < width; ++j) {
        total = add_product(total, widen_one(w[r * w_stride + j]), x[m * x_stride + j]);
      }
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
      for (std::int64_t j = 0; j < v.count; ++j) {
        total = add_product(total, p[m * p_stride + j], widen_one(v.data[j * v.stride + i]));
      }
      y[m * y_stride + i] += total;
    }
  }
}

template <typename Value>
inline void mix(MatrixRows<Value> v, const float* p, std::int64_t p_stride, std::int64_t rows, float* y,
                std::int64_t y_stride) {
  constexpr std::int64_t kRows = SEBEN_SIMD_BYTES == 64 ? 5 : 4;  // five beams read the values once
  const auto some = [&]<std::int64_t M>(std::int64_t m) {
    mix_columns<M>(v, p + m * p_stride, p_stride, y + m * y_stride, y_stride);
  };
  std::int64_t m = 0;
  for (; m + kRows <= rows; m += kRows) some.template operator()<kRows>(m);
  switch (rows - m) {
    case 1: return some.template operator()<1>(m);
    case 2: return some.template operator()<2>(m);
    case 3: return some.template operator()<3>(m);
    case 4: return some.template operator() < kRows == 5 ? 4 : 1 > (m);
    default: return;
  }
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

// Halves have no type of their own outside of these files.
inline void dots_halves(MatrixRows<std::uint16_t> w, MatrixRows<float> x, float* y, std::int64_t y_stride) {
  dots(MatrixRows<Half>{reinterpret_cast<const Half*>(w.data), w.stride, w.count, w.width}, x, y, y_stride);
}

inline std::uint16_t to_half(float x) {
  const std::uint32_t u = bits<std::uint32_t>(x), sign = (u >> 16) & 0x8000U, magnitude = u & 0x7FFFFFFFU;
  if (magnitude >= 0x477FF000U) return static_cast<std::uint16_t>(sign | 0x7C00U);
  if (magnitude < 0x38800000U) {  // subnormal: the sum with 0.5 aligns and rounds the bits that remain
    const auto aligned = bits<std::uint32_t>(bits<float>(magnitude) + 0.5F);
    return static_cast<std::uint16_t>(sign | (aligned - 0x3F000000U));
  }
  return static_cast<std::uint16_t>(sign | ((magnitude - 0x38000000U + 0xFFFU + ((magnitude >> 13) & 1U)) >> 13));
}

inline bool to_halves(const float* x, std::int64_t n, std::uint16_t* y) {
  constexpr std::uint16_t kInfinity = 0x7C00U;
  bool finite = true;
  std::int64_t i = 0;
#if SEBEN_SIMD_BYTES == 64 && defined(__AVX512F__)
  for (; i + kLanes <= n; i += kLanes) {
    const auto halves = bits<Halves>(_mm512_maskz_cvtps_ph(kAll, bits<__m512>(load<Floats>(x + i)), 0));
    store(y + i, halves);
    finite = finite && _mm256_movemask_epi8(bits<__m256i>((halves & 0x7FFFU) == kInfinity)) == 0;
  }
#elif SEBEN_SIMD_BYTES == 32 && defined(__AVX2__)
  for (; i + kLanes <= n; i += kLanes) {
    const auto halves = bits<Halves>(_mm256_cvtps_ph(bits<__m256>(load<Floats>(x + i)), 0));
    store(y + i, halves);
    finite = finite && _mm_movemask_epi8(bits<__m128i>((halves & 0x7FFFU) == kInfinity)) == 0;
  }
#endif
  for (; i < n; ++i) {
    y[i] = to_half(x[i]);
    finite = finite && (y[i] & 0x7FFFU) != kInfinity;
  }
  return finite;
}

extern const NarrowOps narrow_ops;
const NarrowOps narrow_ops = {
    SEBEN_SIMD_NAME, dots<float>,        dots<std::uint16_t>, dots_halves, dots<std::int8_t>, dots<std::uint8_t>,
    mix<float>,      mix<std::uint16_t>, mix<std::uint8_t>,   softmax,     to_halves};

}  // namespace seben::kernels::SEBEN_SIMD_NAMESPACE
