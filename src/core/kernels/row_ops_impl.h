// SPDX-License-Identifier: Apache-2.0
// The row operations, compiled once for each instruction set; see simd.h.
#include "kernels/row_ops.h"
#include "kernels/simd.h"

namespace seben::kernels::SEBEN_SIMD_NAMESPACE {

// Runs `body` over whole vectors, and over the rest through a zero-padded copy of it.
template <typename Body>
inline void map_rows(const float* x, std::int64_t n, float* y, Body body) {
  std::int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) store(y + i, body(load<Floats>(x + i), i));
  if (i < n) {
    float tail[kLanes] = {};
    for (std::int64_t j = i; j < n; ++j) tail[j - i] = x[j];
    store(tail, body(load<Floats>(tail), i));
    for (std::int64_t j = i; j < n; ++j) y[j] = tail[j - i];
  }
}

inline Floats partial(const float* from, std::int64_t i, std::int64_t n) {
  if (i + kLanes <= n) return load<Floats>(from + i);
  float tail[kLanes] = {};
  for (std::int64_t j = i; j < n; ++j) tail[j - i] = from[j];
  return load<Floats>(tail);
}

template <typename Body>
inline float sum_of(const float* x, std::int64_t n, Body body) {
  Floats a = {}, b = {};
  std::int64_t i = 0;
  for (; i + 2 * kLanes <= n; i += 2 * kLanes) {
    a += body(load<Floats>(x + i));
    b += body(load<Floats>(x + i + kLanes));
  }
  float total = sum_lanes(a + b);
  for (; i < n; ++i) total += body(splat(x[i]))[0];
  return total;
}

inline void layer_norm(const float* x, const float* gamma, const float* beta, float epsilon, std::int64_t n, float* y) {
  const float count = static_cast<float>(n);
  const float mean = sum_of(x, n, [](Floats v) { return v; }) / count;
  const float variance = sum_of(x, n, [mean](Floats v) { return (v - mean) * (v - mean); }) / count;
  const float scale = 1.0F / __builtin_sqrtf(variance + epsilon);
  map_rows(x, n, y,
           [=](Floats v, std::int64_t i) { return (v - mean) * scale * partial(gamma, i, n) + partial(beta, i, n); });
}

inline void gelu_row(float* x, std::int64_t n) {
  map_rows(x, n, x, [](Floats v, std::int64_t) { return gelu(v); });
}

inline void add(const float* x, std::int64_t n, float* y) {
  map_rows(x, n, y, [=](Floats v, std::int64_t i) { return v + partial(y, i, n); });
}

inline void add_bias(const float* x, const float* bias, std::int64_t n, float* y) {
  if (bias == nullptr) {
    map_rows(x, n, y, [](Floats v, std::int64_t) { return v; });
  } else {
    map_rows(x, n, y, [=](Floats v, std::int64_t i) { return v + partial(bias, i, n); });
  }
}

inline void dequantize(const std::int32_t* accumulator, RowCode code, const float* channel_scale,
                       const std::int32_t* column_sum, const float* bias, std::int64_t n, float* y) {
  std::int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    const Ints exact = load<Ints>(accumulator + i) - code.zero * load<Ints>(column_sum + i);
    const Floats scaled = __builtin_convertvector(exact, Floats) * (load<Floats>(channel_scale + i) * code.scale);
    store(y + i, bias == nullptr ? scaled : scaled + load<Floats>(bias + i));
  }
  for (; i < n; ++i) {
    const auto exact = static_cast<float>(accumulator[i] - code.zero * column_sum[i]);
    y[i] = exact * (channel_scale[i] * code.scale) + (bias == nullptr ? 0.0F : bias[i]);
  }
}

inline RowCode quantize(const float* x, std::int64_t n, std::uint8_t* q) {
  Floats low = {}, high = {};  // zero is always inside the range, so that it is coded exactly
  std::int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    const Floats v = load<Floats>(x + i);
    low = smaller(low, v);
    high = larger(high, v);
  }
  float bottom = -max_lanes(-low), top = max_lanes(high);
  for (; i < n; ++i) {
    bottom = x[i] < bottom ? x[i] : bottom;
    top = x[i] > top ? x[i] : top;
  }
  if (!(top > bottom)) {
    for (i = 0; i < n; ++i) q[i] = 0;
    return {};
  }
  const RowCode code{(top - bottom) / 255.0F, static_cast<std::int32_t>(-bottom / ((top - bottom) / 255.0F) + 0.5F)};
  const float inverse = 1.0F / code.scale;
  const float offset = static_cast<float>(code.zero) + 0.5F;  // truncation after + 0.5 rounds, all values are >= 0
  for (i = 0; i + kLanes <= n; i += kLanes) {
    const Floats v = smaller(larger(load<Floats>(x + i) * inverse + offset, splat(0.0F)), splat(255.0F));
    store(q + i, __builtin_convertvector(__builtin_convertvector(v, Ints), Bytes));
  }
  for (; i < n; ++i) {
    const float v = x[i] * inverse + offset;
    q[i] = static_cast<std::uint8_t>(v < 0.0F ? 0.0F : v > 255.0F ? 255.0F : v);
  }
  return code;
}

inline float quantize_symmetric(const float* x, std::int64_t n, float limit, std::int8_t* q, std::int32_t* sum) {
  Floats wide = {};
  std::int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    const Floats v = load<Floats>(x + i);
    wide = larger(wide, larger(v, -v));
  }
  float largest = max_lanes(wide);
  for (; i < n; ++i) largest = __builtin_fabsf(x[i]) > largest ? __builtin_fabsf(x[i]) : largest;
  const float scale = largest > 0.0F ? largest / limit : 1.0F;
  const float inverse = 1.0F / scale;
  Ints total = {};
  for (i = 0; i + kLanes <= n; i += kLanes) {
    const Floats v = load<Floats>(x + i) * inverse;
    const Floats half = v < 0.0F ? splat(-0.5F) : splat(0.5F);
    const Ints code = __builtin_convertvector(v + half, Ints);  // truncation after +- 0.5 rounds half away from zero
    total += code;
    store(q + i, __builtin_convertvector(code, SignedBytes));
  }
  *sum = 0;
  for (std::int64_t lane = 0; lane < kLanes; ++lane) *sum += total[lane];
  for (; i < n; ++i) {
    const float v = x[i] * inverse;
    const auto code = static_cast<std::int32_t>(v + (v < 0.0F ? -0.5F : 0.5F));
    q[i] = static_cast<std::int8_t>(code);
    *sum += code;
  }
  return scale;
}

inline void to_bf16_row(const float* x, std::int64_t n, std::uint16_t* y) {
  std::int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) store(y + i, to_bf16(load<Floats>(x + i)));
  for (; i < n; ++i) y[i] = to_bf16(splat(x[i]))[0];
}

inline float largest(const float* x, std::int64_t n) {
  float top = x[0];
  std::int64_t i = 0;
  if (n >= kLanes) {
    Floats tops = load<Floats>(x);
    for (i = kLanes; i + kLanes <= n; i += kLanes) tops = larger(tops, load<Floats>(x + i));
    top = max_lanes(tops);
  }
  for (; i < n; ++i) top = x[i] > top ? x[i] : top;
  return top;
}

// sum of e^(x - top) in blocks, each of floats, all of them in double.
inline double sum_of_exponentials(const float* x, std::int64_t n, float top) {
  constexpr std::int64_t kAtOnce = 32;
  double total = 0.0;
  std::int64_t i = 0;
  while (i + kLanes <= n) {
    Floats some = {};
    for (std::int64_t v = 0; v < kAtOnce && i + kLanes <= n; ++v, i += kLanes) some += exp(load<Floats>(x + i) - top);
    total += static_cast<double>(sum_lanes(some));
  }
  for (; i < n; ++i) total += __builtin_exp(static_cast<double>(x[i] - top));
  return total;
}

inline void log_softmax(float* x, std::int64_t n) {
  constexpr std::int64_t kLong = 1024;  // a text decoder's vocabulary; a head's few classes are worth a double each
  const float top = largest(x, n);
  double total = 0.0;
  if (n >= kLong) {
    total = sum_of_exponentials(x, n, top);
  } else {
    for (std::int64_t i = 0; i < n; ++i) total += __builtin_exp(static_cast<double>(x[i] - top));
  }
  const float shift = top + static_cast<float>(__builtin_log(total));
  map_rows(x, n, x, [=](Floats v, std::int64_t) { return v - shift; });
}

extern const RowOps row_ops;
const RowOps row_ops = {SEBEN_SIMD_NAME, layer_norm, gelu_row,           add,         add_bias,
                        dequantize,      quantize,   quantize_symmetric, to_bf16_row, log_softmax};

}  // namespace seben::kernels::SEBEN_SIMD_NAMESPACE
