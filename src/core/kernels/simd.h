// SPDX-License-Identifier: Apache-2.0
// Vectors of SEBEN_SIMD_BYTES bytes, by the compilers' vector extensions. Included only by *_impl.h files, which are
// compiled once for each instruction set (base/dispatch.h).
#pragma once

#include <cstddef>
#include <cstdint>

#if !defined(SEBEN_SIMD_BYTES) || !defined(SEBEN_SIMD_NAMESPACE)
#error "only *_impl.h files include this one"
#endif

namespace seben::kernels::SEBEN_SIMD_NAMESPACE {

constexpr std::int64_t kLanes = SEBEN_SIMD_BYTES / 4;

using Floats [[gnu::vector_size(SEBEN_SIMD_BYTES)]] = float;
using Ints [[gnu::vector_size(SEBEN_SIMD_BYTES)]] = std::int32_t;
using Words [[gnu::vector_size(SEBEN_SIMD_BYTES)]] = std::uint32_t;
using Halves [[gnu::vector_size(SEBEN_SIMD_BYTES / 2)]] = std::uint16_t;
using Bytes [[gnu::vector_size(SEBEN_SIMD_BYTES / 4)]] = std::uint8_t;
using SignedBytes [[gnu::vector_size(SEBEN_SIMD_BYTES / 4)]] = std::int8_t;

template <typename Vector, typename Element>
inline Vector load(const Element* from) {
  Vector v;
  __builtin_memcpy(&v, from, sizeof v);
  return v;
}

template <typename Vector, typename Element>
inline void store(Element* to, Vector v) {
  __builtin_memcpy(to, &v, sizeof v);
}

template <typename To, typename From>
inline To bits(From v) {
  static_assert(sizeof(To) == sizeof(From));
  To out;
  __builtin_memcpy(&out, &v, sizeof out);
  return out;
}

inline Floats splat(float x) { return Floats{} + x; }
inline Floats larger(Floats a, Floats b) { return a > b ? a : b; }
inline Floats smaller(Floats a, Floats b) { return a < b ? a : b; }

inline float sum_lanes(Floats v) {
  float total = 0.0F;
  for (std::int64_t i = 0; i < kLanes; ++i) total += v[i];
  return total;
}

inline float max_lanes(Floats v) {
  float best = v[0];
  for (std::int64_t i = 1; i < kLanes; ++i) best = v[i] > best ? v[i] : best;
  return best;
}

/// e^x for x <= 88; relative error about 1e-7 (degree 6 polynomial after Cody-Waite reduction to |r| <= ln2 / 2).
inline Floats exp(Floats x) {
  x = larger(x, splat(-87.0F));
  const Floats shifter = splat(12582912.0F);  // 1.5 * 2^23: adding it rounds to the nearest integer
  const Floats biased = x * 1.44269504F + shifter;
  const Floats n = biased - shifter;
  const Floats r = (x - n * 0.693359375F) + n * 2.12194440e-4F;
  Floats p = splat(1.3981999507e-3F);
  p = p * r + 8.3334519073e-3F;
  p = p * r + 4.1665795894e-2F;
  p = p * r + 1.6666665459e-1F;
  p = p * r + 5.0000001201e-1F;
  p = p * r * r + r + 1.0F;
  const Ints exponent = bits<Ints>(biased) << 23;  // the low bits of `biased` are n
  return bits<Floats>(bits<Ints>(p) + exponent);
}

/// Gauss error function, absolute error <= 2e-7 (Abramowitz and Stegun 7.1.26).
inline Floats erf(Floats x) {
  const Floats a = x < 0.0F ? -x : x;
  const Floats t = 1.0F / (1.0F + 0.3275911F * a);
  Floats p = splat(1.061405429F);
  p = p * t - 1.453152027F;
  p = p * t + 1.421413741F;
  p = p * t - 0.284496736F;
  p = p * t + 0.254829592F;
  const Floats y = 1.0F - p * t * exp(-a * a);
  return x < 0.0F ? -y : y;
}

/// x * Phi(x), the exact form of GELU.
inline Floats gelu(Floats x) { return 0.5F * x * (1.0F + erf(x * 0.70710678F)); }

/// Round to nearest even, as hardware does; inputs are finite.
inline Halves to_bf16(Floats x) {
  const Words w = bits<Words>(x);
  return __builtin_convertvector((w + 0x7FFFU + ((w >> 16) & 1U)) >> 16, Halves);
}

}  // namespace seben::kernels::SEBEN_SIMD_NAMESPACE
