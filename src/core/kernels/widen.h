// SPDX-License-Identifier: Apache-2.0
// Stored numbers to vectors of floats; included by *_impl.h files only, behind simd.h.
#pragma once

#if defined(__AVX2__)
#include <immintrin.h>
#endif

#include "kernels/simd.h"

namespace seben::kernels::SEBEN_SIMD_NAMESPACE {

/// IEEE binary16, as it lies in memory.
struct Half {
  std::uint16_t bits;
};

// By instructions where there are ones: GCC 12 takes the general conversions apart.
inline Floats widen(const float* from) { return load<Floats>(from); }
#if SEBEN_SIMD_BYTES == 64 && defined(__AVX512F__)
constexpr __mmask16 kAll = 0xFFFF;  // without a mask GCC 12 warns of the header's own variables (GCC bug 105593)
inline Floats widen(const std::uint16_t* from) {
  return bits<Floats>(bits<Words>(_mm512_maskz_cvtepu16_epi32(kAll, load<__m256i>(from))) << 16);
}
inline Floats widen(const Half* from) { return bits<Floats>(_mm512_maskz_cvtph_ps(kAll, load<__m256i>(from))); }
inline Floats widen(const std::int8_t* from) {
  return __builtin_convertvector(bits<Ints>(_mm512_maskz_cvtepi8_epi32(kAll, load<__m128i>(from))), Floats);
}
inline Ints widen_bytes(const std::uint8_t* from) {
  return bits<Ints>(_mm512_maskz_cvtepu8_epi32(kAll, load<__m128i>(from)));
}
#elif SEBEN_SIMD_BYTES == 32 && defined(__AVX2__)
inline Floats widen(const std::uint16_t* from) {
  return bits<Floats>(_mm256_slli_epi32(_mm256_cvtepu16_epi32(load<__m128i>(from)), 16));
}
inline Floats widen(const Half* from) { return bits<Floats>(_mm256_cvtph_ps(load<__m128i>(from))); }
inline Floats widen(const std::int8_t* from) {
  return bits<Floats>(
      _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(from)))));
}
inline Ints widen_bytes(const std::uint8_t* from) {
  return bits<Ints>(_mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(from))));
}
#else
inline Floats widen(const std::uint16_t* from) {
  return bits<Floats>(__builtin_convertvector(load<Halves>(from), Words) << 16);
}
// Finite numbers only: the exponent moves by a product, subnormal ones included.
inline Floats widen(const Half* from) {
  const Words w = __builtin_convertvector(load<Halves>(from), Words);
  const Floats magnitude = bits<Floats>((w & 0x7FFFU) << 13) * 0x1p112F;
  return bits<Floats>(bits<Words>(magnitude) | (w & 0x8000U) << 16);
}
// In two steps: of one, GCC 12 makes a loop over the lanes.
inline Floats widen(const std::int8_t* from) {
  using Shorts [[gnu::vector_size(SEBEN_SIMD_BYTES / 2)]] = std::int16_t;
  const Shorts shorts = __builtin_convertvector(load<SignedBytes>(from), Shorts);
  return __builtin_convertvector(__builtin_convertvector(shorts, Ints), Floats);
}
inline Ints widen_bytes(const std::uint8_t* from) {
  using Shorts [[gnu::vector_size(SEBEN_SIMD_BYTES / 2)]] = std::int16_t;
  return __builtin_convertvector(__builtin_convertvector(load<Bytes>(from), Shorts), Ints);
}
#endif
inline Floats widen(const std::uint8_t* from) { return __builtin_convertvector(widen_bytes(from), Floats); }

inline float widen_one(float x) { return x; }
inline float widen_one(std::uint16_t x) { return bits<float>(static_cast<std::uint32_t>(x) << 16); }
inline float widen_one(Half x) {
  const auto w = static_cast<std::uint32_t>(x.bits);
  const float magnitude = bits<float>((w & 0x7FFFU) << 13) * 0x1p112F;
  return bits<float>(bits<std::uint32_t>(magnitude) | (w & 0x8000U) << 16);
}
inline float widen_one(std::int8_t x) { return static_cast<float>(x); }
inline float widen_one(std::uint8_t x) { return static_cast<float>(x); }

// a + b * c in one rounding wherever vectors do so too: left to the compiler it would depend on the code around it.
inline float add_product(float a, float b, float c) {
#if defined(__FMA__)
  return __builtin_fmaf(b, c, a);
#else
  return a + b * c;
#endif
}

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

}  // namespace seben::kernels::SEBEN_SIMD_NAMESPACE
