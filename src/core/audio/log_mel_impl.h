// SPDX-License-Identifier: Apache-2.0
// The arithmetic of a block of frames, one frame to a vector lane, in the compiler's own vector types: compiled once
// for each instruction set, see base/dispatch.h.
//
// Doubles, not floats: the result goes through a logarithm over 80 dB, where the rounding of a float FFT, which is
// relative to the loudest bin, would exceed 1e-5 in the quietest ones.
#include "audio/log_mel_ops.h"

#define SEBEN_INLINE inline __attribute__((always_inline))

namespace seben::frontend::SEBEN_SIMD_NAMESPACE {

constexpr int kLanes = SEBEN_SIMD_BYTES / 8;

using Vector [[gnu::vector_size(SEBEN_SIMD_BYTES)]] = double;
using Integers [[gnu::vector_size(SEBEN_SIMD_BYTES)]] = long long;
using Floats [[gnu::vector_size(SEBEN_SIMD_BYTES / 2)]] = float;

struct Complex {
  Vector re;
  Vector im;
};

constexpr int kHop = 160;
constexpr int kFrames = 3000;

SEBEN_INLINE Complex add(const Complex& a, const Complex& b) { return {a.re + b.re, a.im + b.im}; }
SEBEN_INLINE Complex sub(const Complex& a, const Complex& b) { return {a.re - b.re, a.im - b.im}; }
SEBEN_INLINE Complex times(const Complex& a, const ComplexTable& w) {
  return {a.re * w.re - a.im * w.im, a.re * w.im + a.im * w.re};
}
/// a times -i
SEBEN_INLINE Complex turned(const Complex& a) { return {a.im, -a.re}; }

/// Sample n of every frame under the window.
SEBEN_INLINE Vector load(const float* samples, const double* window, int n) {
  Vector v;
  for (int lane = 0; lane < kLanes; ++lane) v[lane] = static_cast<double>(samples[n + kHop * lane]);
  return v * window[n];
}

SEBEN_INLINE void dft5(Complex (&x)[5]) {
  constexpr double c1 = 0.30901699437494742410;   // cos(2 pi / 5)
  constexpr double c2 = -0.80901699437494742410;  // cos(4 pi / 5)
  constexpr double s1 = 0.95105651629515357212;   // sin(2 pi / 5)
  constexpr double s2 = 0.58778525229247312917;   // sin(4 pi / 5)
  const Complex p1 = add(x[1], x[4]);
  const Complex m1 = sub(x[1], x[4]);
  const Complex p2 = add(x[2], x[3]);
  const Complex m2 = sub(x[2], x[3]);
  const Complex a1 = {x[0].re + c1 * p1.re + c2 * p2.re, x[0].im + c1 * p1.im + c2 * p2.im};
  const Complex a2 = {x[0].re + c2 * p1.re + c1 * p2.re, x[0].im + c2 * p1.im + c1 * p2.im};
  const Complex b1 = turned({s1 * m1.re + s2 * m2.re, s1 * m1.im + s2 * m2.im});
  const Complex b2 = turned({s2 * m1.re - s1 * m2.re, s2 * m1.im - s1 * m2.im});
  x[0] = add(x[0], add(p1, p2));
  x[1] = add(a1, b1);
  x[2] = add(a2, b2);
  x[3] = sub(a2, b2);
  x[4] = sub(a1, b1);
}

SEBEN_INLINE void dft4(Complex& x0, Complex& x1, Complex& x2, Complex& x3) {
  const Complex a = add(x0, x2);
  const Complex b = sub(x0, x2);
  const Complex c = add(x1, x3);
  const Complex d = turned(sub(x1, x3));
  x0 = add(a, c);
  x1 = add(b, d);
  x2 = sub(a, c);
  x3 = sub(b, d);
}

SEBEN_INLINE void dft8(Complex (&x)[8]) {
  constexpr double h = 0.70710678118654752440;
  dft4(x[0], x[2], x[4], x[6]);
  dft4(x[1], x[3], x[5], x[7]);
  const Complex o1 = {h * (x[3].re + x[3].im), h * (x[3].im - x[3].re)};
  const Complex o2 = turned(x[5]);
  const Complex o3 = {h * (x[7].im - x[7].re), -h * (x[7].re + x[7].im)};
  const Complex e[4] = {x[0], x[2], x[4], x[6]};
  const Complex o[4] = {x[1], o1, o2, o3};
  for (int k = 0; k < 4; ++k) {
    x[k] = add(e[k], o[k]);
    x[k + 4] = sub(e[k], o[k]);
  }
}

/// 25-point DFTs of z[8 n1 + n2] over n1, times exp(-2 pi i n2 k1 / 200), into z[8 k1 + n2].
/// z[n] is windowed sample 2n plus i times sample 2n + 1.
SEBEN_INLINE void columns(const LogMelTables& tables, const float* samples, Complex* z) {
  for (int n2 = 0; n2 < 8; ++n2) {
    Complex t[5][5];
    for (int b = 0; b < 5; ++b) {
      Complex x[5];
      for (int a = 0; a < 5; ++a) {
        const int n = 2 * (8 * (5 * a + b) + n2);
        x[a] = {load(samples, tables.window, n), load(samples, tables.window, n + 1)};
      }
      dft5(x);
      for (int c = 0; c < 5; ++c) t[c][b] = times(x[c], tables.twiddle25[b][c]);
    }
    for (int c = 0; c < 5; ++c) {
      dft5(t[c]);
      for (int d = 0; d < 5; ++d) {
        const int k1 = c + 5 * d;
        z[8 * k1 + n2] = times(t[c][d], tables.twiddle200[n2][k1]);
      }
    }
  }
}

/// 8-point DFTs over n2: z[8 k1 + k2] becomes bin k1 + 25 k2 of the 200-point transform.
SEBEN_INLINE void rows(Complex* z) {
  for (int k1 = 0; k1 < 25; ++k1) {
    Complex x[8];
    for (int i = 0; i < 8; ++i) x[i] = z[8 * k1 + i];
    dft8(x);
    for (int i = 0; i < 8; ++i) z[8 * k1 + i] = x[i];
  }
}

SEBEN_INLINE int slot(int k) { return 8 * (k % 25) + k / 25; }

/// |X[k]|^2 for k = 0..200 of the real 400-point transform: X[k] = E + W O and X[200 - k] = conj(E - W O), where
/// E and O are the transforms of the even and odd samples. The halves in E and O are in the window.
SEBEN_INLINE void power_spectrum(const LogMelTables& tables, const Complex* z, Vector* power) {
  for (int k = 0; k <= 100; ++k) {
    const Complex p = z[slot(k)];
    const Complex q = z[slot(k == 0 ? 0 : 200 - k)];
    const Complex even = {p.re + q.re, p.im - q.im};
    const Complex odd = times(turned({p.re - q.re, p.im + q.im}), tables.twiddle400[k]);
    const Complex x = add(even, odd);
    const Complex y = sub(even, odd);
    power[k] = x.re * x.re + x.im * x.im;
    power[200 - k] = y.re * y.re + y.im * y.im;
  }
}

/// log10 of positive normal numbers to about 1e-11: exponent plus 2 atanh((m - 1) / (m + 1)) of the mantissa m
/// between sqrt(1/2) and sqrt(2).
SEBEN_INLINE Vector log10(Vector x) {
  constexpr double kLog10Of2 = 0.30102999566398119521;
  constexpr double kLog10OfE = 0.43429448190325182765;
  constexpr double kShifter = 6755399441055744.0;  // 2^52 + 2^51: small integers sit in its low bits
  constexpr long long kShifterBits = 0x4338000000000000;
  constexpr long long kSqrtHalfBits = 0x3FE6A09E667F3BCD;
  const Integers bits = reinterpret_cast<Integers>(x);
  const Integers exponent = (bits - kSqrtHalfBits) >> 52;
  const Vector m = reinterpret_cast<Vector>(bits - (exponent << 52));
  const Vector e = reinterpret_cast<Vector>(exponent + kShifterBits) - kShifter;
  const Vector s = (m - 1.0) / (m + 1.0);
  const Vector s2 = s * s;
  const Vector series =
      1.0 + s2 * (1.0 / 3 + s2 * (1.0 / 5 + s2 * (1.0 / 7 + s2 * (1.0 / 9 + s2 * (1.0 / 11 + s2 * (1.0 / 13))))));
  return e * kLog10Of2 + (2.0 * kLog10OfE) * s * series;
}

/// The frames of one block, see LogMelOps.
inline float block(const LogMelTables& tables, const float* samples, float* mel) {
  Complex z[200];
  Vector power[201];
  columns(tables, samples, z);
  rows(z);
  power_spectrum(tables, z, power);
  const Vector floor = Vector{} + 1e-10;
  Vector largest = Vector{} - 10.0;
  for (int m = 0; m < tables.n_mels; ++m) {
    const Vector* in = power + tables.filter_first[m];
    const double* weight = tables.weights + tables.filter_offset[m];
    const int count = tables.filter_offset[m + 1] - tables.filter_offset[m];
    Vector sum{};
    for (int i = 0; i < count; ++i) sum += weight[i] * in[i];
    const Vector value = log10(sum > floor ? sum : floor);
    largest = value > largest ? value : largest;
    const Floats rounded = __builtin_convertvector(value, Floats);
    __builtin_memcpy(mel + long{kFrames} * m, &rounded, sizeof rounded);
  }
  double result = largest[0];
  for (int lane = 1; lane < kLanes; ++lane) result = largest[lane] > result ? largest[lane] : result;
  return static_cast<float>(result);
}

extern const LogMelOps log_mel_ops;
const LogMelOps log_mel_ops = {SEBEN_SIMD_NAME, kLanes, block};

}  // namespace seben::frontend::SEBEN_SIMD_NAMESPACE
