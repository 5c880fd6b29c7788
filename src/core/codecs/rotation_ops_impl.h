// SPDX-License-Identifier: Apache-2.0
// Rotations and codebooks, compiled once for each instruction set; see kernels/simd.h.
#include "codecs/rotation_ops.h"
#include "kernels/simd.h"

namespace seben::quant::SEBEN_SIMD_NAMESPACE {

using namespace seben::kernels::SEBEN_SIMD_NAMESPACE;

inline void butterfly(float* x, std::int64_t n, std::int64_t step) {
  for (std::int64_t first = 0; first < n; first += 2 * step) {
    for (std::int64_t i = first; i < first + step; ++i) {
      const float a = x[i], b = x[i + step];
      x[i] = a + b;
      x[i + step] = a - b;
    }
  }
}

// One vector against itself: lane i meets lane i ^ Step.
template <int Step, int... Lane>
inline Floats cross(Floats v) {
  const Floats other = __builtin_shufflevector(v, v, (Lane ^ Step)...);
  const Floats sign = {(Lane & Step ? -1.0F : 1.0F)...};
  return v * sign + other;  // a + b below, b' = a - b above: exact either way
}

template <int Step>
inline Floats cross_lanes(Floats v) {
#if SEBEN_SIMD_BYTES == 64
  return cross<Step, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15>(v);
#elif SEBEN_SIMD_BYTES == 32
  return cross<Step, 0, 1, 2, 3, 4, 5, 6, 7>(v);
#else
  return cross<Step, 0, 1, 2, 3>(v);
#endif
}

inline Floats inside(Floats v) {
  v = cross_lanes<1>(v);
  v = cross_lanes<2>(v);
#if SEBEN_SIMD_BYTES >= 32
  v = cross_lanes<4>(v);
#endif
#if SEBEN_SIMD_BYTES >= 64
  v = cross_lanes<8>(v);
#endif
  return v;
}

inline void hadamard(float* x, std::int64_t n, std::int64_t blocks) {
  for (std::int64_t block = 0; block < blocks; ++block, x += n) {
    if (n < kLanes) {
      for (std::int64_t step = 1; step < n; step *= 2) butterfly(x, n, step);
      continue;
    }
    for (std::int64_t i = 0; i < n; i += kLanes) store(x + i, inside(load<Floats>(x + i)));
    for (std::int64_t step = kLanes; step < n; step *= 2) {
      for (std::int64_t first = 0; first < n; first += 2 * step) {
        for (std::int64_t i = first; i < first + step; i += kLanes) {
          const Floats a = load<Floats>(x + i), b = load<Floats>(x + i + step);
          store(x + i, a + b);
          store(x + i + step, a - b);
        }
      }
    }
  }
}

inline void mix(const float* x, const float* signs, std::int64_t m, std::int64_t n, float* y) {
  for (std::int64_t i = 0; i < m; ++i) {
    std::int64_t j = 0;
    for (; j + 4 * kLanes <= n; j += 4 * kLanes) {
      Floats sum[4] = {};
      for (std::int64_t k = 0; k < m; ++k) {
        const Floats sign = splat(signs[i * m + k]);
        for (std::int64_t c = 0; c < 4; ++c) sum[c] += sign * load<Floats>(x + k * n + j + c * kLanes);
      }
      for (std::int64_t c = 0; c < 4; ++c) store(y + i * n + j + c * kLanes, sum[c]);
    }
    for (; j + kLanes <= n; j += kLanes) {
      Floats sum = {};
      for (std::int64_t k = 0; k < m; ++k) sum += splat(signs[i * m + k]) * load<Floats>(x + k * n + j);
      store(y + i * n + j, sum);
    }
    for (; j < n; ++j) {
      float sum = 0.0F;
      for (std::int64_t k = 0; k < m; ++k) sum += signs[i * m + k] * x[k * n + j];
      y[i * n + j] = sum;
    }
  }
}

inline void multiply(const float* y, std::int64_t n, float* x) {
  for (std::int64_t i = 0; i < n; ++i) x[i] *= y[i];
}

inline void codes(const float* x, std::int64_t n, const float* thresholds, std::int64_t count, std::uint8_t* out) {
  std::int64_t i = 0;
  if (count <= 31) {
    for (; i + kLanes <= n; i += kLanes) {
      const Floats v = load<Floats>(x + i);
      Ints code = {};
      for (std::int64_t t = 0; t < count; ++t) code -= splat(thresholds[t]) < v;  // a true lane is -1
      store(out + i, __builtin_convertvector(code, Bytes));
    }
  }
  for (; i < n; ++i) {  // branchless binary search over 2^k - 1 thresholds
    std::int64_t below = 0;
    for (std::int64_t step = (count + 1) / 2; step > 0; step /= 2)
      below += thresholds[below + step - 1] < x[i] ? step : 0;
    out[i] = static_cast<std::uint8_t>(below);
  }
}

inline void levels(const std::uint8_t* in, std::int64_t n, const float* table, float scale, float* x) {
  for (std::int64_t i = 0; i < n; ++i) x[i] = table[in[i]] * scale;
}

extern const RotationOps rotation_ops;
const RotationOps rotation_ops = {SEBEN_SIMD_NAME, hadamard, mix, multiply, codes, levels};

}  // namespace seben::quant::SEBEN_SIMD_NAMESPACE
