// SPDX-License-Identifier: Apache-2.0
// Group-affine coding, compiled once for each instruction set; see kernels/simd.h.
#if defined(__BMI2__) || defined(__AVX2__)
#include <immintrin.h>
#endif
#if defined(__AVX512F__) && defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"  // a false alarm of GCC 12 about its own intrinsics
#endif

#include "kernels/simd.h"
#include "quant/affine_ops.h"

namespace seben::quant::SEBEN_SIMD_NAMESPACE {

using namespace seben::kernels::SEBEN_SIMD_NAMESPACE;

constexpr int kLargestGroup = 128;

inline std::uint16_t half_of(float x) {
#if defined(__F16C__)
  const __m128i four = _mm_cvtps_ph(_mm_set_ss(x), 0);  // to nearest even
  return static_cast<std::uint16_t>(_mm_extract_epi16(four, 0));
#else
  // Round to nearest even; callers pass finite values within fp16's range, rounding up to infinity included.
  std::uint32_t u;
  __builtin_memcpy(&u, &x, sizeof u);
  const std::uint32_t sign = (u >> 16) & 0x8000U, magnitude = u & 0x7FFFFFFFU;
  if (magnitude >= 0x477FF000U) return static_cast<std::uint16_t>(sign | 0x7C00U);
  if (magnitude < 0x38800000U) {  // subnormal: adding 0.5 aligns the bits that remain
    float f;
    __builtin_memcpy(&f, &magnitude, sizeof f);
    f += 0.5F;
    std::uint32_t aligned;
    __builtin_memcpy(&aligned, &f, sizeof aligned);
    return static_cast<std::uint16_t>(sign | (aligned - 0x3F000000U));
  }
  return static_cast<std::uint16_t>(sign | ((magnitude - 0x38000000U + 0xFFFU + ((magnitude >> 13) & 1U)) >> 13));
#endif
}

inline float float_of(std::uint16_t h) {
#if defined(__F16C__)
  return _cvtsh_ss(h);
#else
  const std::uint32_t shifted = (h & 0x7FFFU) << 13, sign = static_cast<std::uint32_t>(h & 0x8000U) << 16;
  float f;
  __builtin_memcpy(&f, &shifted, sizeof f);
  f *= 0x1p112F;  // moves the exponent, subnormals included
  std::uint32_t u;
  __builtin_memcpy(&u, &f, sizeof u);
  u |= sign;
  __builtin_memcpy(&f, &u, sizeof f);
  return f;
#endif
}

inline float highest_lane(Floats v) {
#if SEBEN_SIMD_BYTES >= 32
  using Four [[gnu::vector_size(16)]] = float;
#if SEBEN_SIMD_BYTES == 64
  using Eight [[gnu::vector_size(32)]] = float;
  const Eight low = __builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7);
  const Eight high = __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15);
  const Eight w = low > high ? low : high;
#else
  const Floats w = v;
#endif
  const Four a = __builtin_shufflevector(w, w, 0, 1, 2, 3), b = __builtin_shufflevector(w, w, 4, 5, 6, 7);
  Four h = a > b ? a : b;
  const Four swapped = __builtin_shufflevector(h, h, 2, 3, 0, 1);
  h = h > swapped ? h : swapped;
  return h[0] > h[1] ? h[0] : h[1];
#else
  return max_lanes(v);
#endif
}

// The low byte of every lane.
inline void store_bytes(std::uint8_t* to, Ints v) {
#if SEBEN_SIMD_BYTES == 64
  const __m128i narrow = _mm512_cvtepi32_epi8(bits<__m512i>(v));
  __builtin_memcpy(to, &narrow, sizeof narrow);
#elif SEBEN_SIMD_BYTES == 32
  const __m256i low = _mm256_and_si256(bits<__m256i>(v), _mm256_set1_epi32(0xFF));
  const __m128i words = _mm_packus_epi32(_mm256_castsi256_si128(low), _mm256_extracti128_si256(low, 1));
  const __m128i narrow = _mm_packus_epi16(words, words);
  __builtin_memcpy(to, &narrow, 8);
#else
  for (std::int64_t i = 0; i < kLanes; ++i) to[i] = static_cast<std::uint8_t>(v[i] & 0xFF);
#endif
}

#if SEBEN_SIMD_BYTES >= 32
inline Ints load_bytes(const std::uint8_t* from) {
#if SEBEN_SIMD_BYTES == 64
  return bits<Ints>(_mm512_cvtepu8_epi32(load<__m128i>(from)));
#else
  __m128i eight = _mm_setzero_si128();
  __builtin_memcpy(&eight, from, 8);
  return bits<Ints>(_mm256_cvtepu8_epi32(eight));
#endif
}
#endif

// Eight codes, a byte each, to `Bits` bytes and back.
template <int Bits>
inline void pack_eight(const std::uint8_t* q, std::uint8_t* out) {
  std::uint64_t wide;
  __builtin_memcpy(&wide, q, sizeof wide);
#if defined(__BMI2__)
  const std::uint64_t packed = _pext_u64(wide, 0x0101010101010101ULL * ((1U << Bits) - 1U));
#else
  std::uint64_t packed = 0;
  for (int i = 0; i < 8; ++i) packed |= ((wide >> (8 * i)) & 0xFFU) << (Bits * i);
#endif
  __builtin_memcpy(out, &packed, Bits);
}

template <int Bits>
inline std::uint64_t unpack_eight(const std::uint8_t* in) {
  std::uint64_t packed = 0;
  if constexpr (Bits == 3) {
    std::uint16_t low;
    __builtin_memcpy(&low, in, 2);
    packed = low | static_cast<std::uint64_t>(in[2]) << 16;
  } else if constexpr (Bits == 5 || Bits == 6) {
    std::uint32_t low;
    __builtin_memcpy(&low, in, 4);
    packed = low | static_cast<std::uint64_t>(in[4]) << 32;
    if constexpr (Bits == 6) packed |= static_cast<std::uint64_t>(in[5]) << 40;
  } else {
    __builtin_memcpy(&packed, in, Bits);
  }
  if constexpr (Bits == 8) return packed;
#if defined(__BMI2__)
  return _pdep_u64(packed, 0x0101010101010101ULL * ((1U << Bits) - 1U));
#else
  std::uint64_t wide = 0;
  for (int i = 0; i < 8; ++i) wide |= ((packed >> (Bits * i)) & ((1U << Bits) - 1U)) << (8 * i);
  return wide;
#endif
}

#if SEBEN_SIMD_BYTES >= 32
// A vector of codes, from Bits * kLanes bits that start at a byte. The codes go through registers: storing eight at a
// time and loading sixteen would wait for the stores.
template <int Bits>
inline Ints unpack_lanes(const std::uint8_t* in) {
  if constexpr (Bits == 8) return load_bytes(in);
#if SEBEN_SIMD_BYTES == 64
  const std::uint64_t first = unpack_eight<Bits>(in), second = unpack_eight<Bits>(in + Bits);
  return bits<Ints>(
      _mm512_cvtepu8_epi32(_mm_set_epi64x(static_cast<long long>(second), static_cast<long long>(first))));
#else
  return bits<Ints>(_mm256_cvtepu8_epi32(_mm_cvtsi64_si128(static_cast<long long>(unpack_eight<Bits>(in)))));
#endif
}
#endif

struct GroupCode {
  float low = 0.0F;      // subtracted before the division
  float divisor = 1.0F;  // infinite for a group without range: every code becomes the centre
  float centre = 0.0F;   // added after it
};

template <int Bits, bool Symmetric>
inline GroupCode group_code(float low, float high, std::uint16_t* scale, std::uint16_t* zero) {
  constexpr float kLevels = static_cast<float>((1 << Bits) - 1), kHalf = static_cast<float>(1 << (Bits - 1));
  GroupCode code;
  if constexpr (Symmetric) {
    // The value of largest magnitude gets the one code that has no opposite, so that all levels are used.
    *scale = half_of((high >= -low ? high : low) / -kHalf);
    code.centre = kHalf;
  } else {
    *zero = half_of(low);
    *scale = half_of((high - low) / kLevels);
    code.low = float_of(*zero);
  }
  const float s = float_of(*scale);
  code.divisor = s == 0.0F ? __builtin_inff() : s;
  return code;
}

template <int Bits, bool Symmetric>
inline std::uint32_t encode_row(const float* x, std::int64_t n, int group, std::uint8_t* codes, std::uint16_t* scales,
                                std::uint16_t* zeros) {
  constexpr float kLevels = static_cast<float>((1 << Bits) - 1);
  constexpr float kShifter = 12582912.0F;  // 1.5 * 2^23: adding it rounds to the nearest integer, ties to even
  Ints largest = {};
  for (std::int64_t first = 0; first < n; first += group) {
    Floats high = load<Floats>(x + first), low = -high;  // low: the largest of -x
    for (int i = 0; i < group; i += static_cast<int>(kLanes)) {
      const Floats v = load<Floats>(x + first + i);
      const Ints magnitude = bits<Ints>(v) & 0x7FFFFFFF;
      largest = magnitude > largest ? magnitude : largest;
      high = larger(high, v);
      low = larger(low, -v);
    }
    const GroupCode code = group_code<Bits, Symmetric>(-highest_lane(low), highest_lane(high), scales++, zeros);
    if constexpr (!Symmetric) ++zeros;
    std::uint8_t q[kLargestGroup];
    for (int i = 0; i < group; i += static_cast<int>(kLanes)) {
      Floats v = (load<Floats>(x + first + i) - code.low) / code.divisor + code.centre;
      v = smaller(larger(v, splat(0.0F)), splat(kLevels)) + kShifter;
      store_bytes(q + i, bits<Ints>(v));  // the low byte holds the integer
    }
    if constexpr (Bits == 8) {
      __builtin_memcpy(codes, q, static_cast<std::size_t>(group));
      codes += group;
    } else {
      for (int i = 0; i < group; i += 8, codes += Bits) pack_eight<Bits>(q + i, codes);
    }
  }
  std::int32_t top = 0;
  for (std::int64_t i = 0; i < kLanes; ++i) top = largest[i] > top ? largest[i] : top;
  return static_cast<std::uint32_t>(top);
}

template <int Bits, bool Symmetric>
inline void decode_row(const std::uint8_t* codes, const std::uint16_t* scales, const std::uint16_t* zeros,
                       std::int64_t n, int group, float* x) {
  for (std::int64_t first = 0; first < n; first += group) {
    const float scale = float_of(*scales++);
    const float base = Symmetric ? scale * -static_cast<float>(1 << (Bits - 1)) : float_of(*zeros++);
#if SEBEN_SIMD_BYTES >= 32
    for (int i = 0; i < group; i += static_cast<int>(kLanes), codes += kLanes * Bits / 8) {
      store(x + first + i, scale * __builtin_convertvector(unpack_lanes<Bits>(codes), Floats) + base);
    }
#else
    for (int i = 0; i < group; i += 8, codes += Bits) {
      const std::uint64_t wide = unpack_eight<Bits>(codes);
      for (int j = 0; j < 8; ++j) {
        x[first + i + j] = scale * static_cast<float>((wide >> (8 * j)) & 0xFFU) + base;
      }
    }
#endif
  }
}

template <int Bits>
inline std::uint32_t encode_bits(const float* x, std::int64_t n, AffineLayout l, std::uint8_t* codes,
                                 std::uint16_t* scales, std::uint16_t* zeros) {
  return l.symmetric ? encode_row<Bits, true>(x, n, l.group, codes, scales, zeros)
                     : encode_row<Bits, false>(x, n, l.group, codes, scales, zeros);
}

template <int Bits>
inline void decode_bits(const std::uint8_t* codes, const std::uint16_t* scales, const std::uint16_t* zeros,
                        std::int64_t n, AffineLayout l, float* x) {
  l.symmetric ? decode_row<Bits, true>(codes, scales, zeros, n, l.group, x)
              : decode_row<Bits, false>(codes, scales, zeros, n, l.group, x);
}

inline std::uint32_t encode(const float* x, std::int64_t n, AffineLayout l, std::uint8_t* codes, std::uint16_t* scales,
                            std::uint16_t* zeros) {
  switch (l.bits) {
    case 2: return encode_bits<2>(x, n, l, codes, scales, zeros);
    case 3: return encode_bits<3>(x, n, l, codes, scales, zeros);
    case 4: return encode_bits<4>(x, n, l, codes, scales, zeros);
    case 5: return encode_bits<5>(x, n, l, codes, scales, zeros);
    case 6: return encode_bits<6>(x, n, l, codes, scales, zeros);
    default: return encode_bits<8>(x, n, l, codes, scales, zeros);
  }
}

inline void decode(const std::uint8_t* codes, const std::uint16_t* scales, const std::uint16_t* zeros, std::int64_t n,
                   AffineLayout l, float* x) {
  switch (l.bits) {
    case 2: return decode_bits<2>(codes, scales, zeros, n, l, x);
    case 3: return decode_bits<3>(codes, scales, zeros, n, l, x);
    case 4: return decode_bits<4>(codes, scales, zeros, n, l, x);
    case 5: return decode_bits<5>(codes, scales, zeros, n, l, x);
    case 6: return decode_bits<6>(codes, scales, zeros, n, l, x);
    default: return decode_bits<8>(codes, scales, zeros, n, l, x);
  }
}

extern const AffineOps affine_ops;
const AffineOps affine_ops = {SEBEN_SIMD_NAME, encode, decode};

}  // namespace seben::quant::SEBEN_SIMD_NAMESPACE
