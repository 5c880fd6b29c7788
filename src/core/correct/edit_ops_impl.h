// SPDX-License-Identifier: Apache-2.0
// The loops of edit_ops.h by the compilers' vector extensions, compiled once for each instruction set; see
// base/dispatch.h.
#include "correct/edit_ops.h"
#include "kernels/simd.h"

namespace seben::ctc::SEBEN_SIMD_NAMESPACE {

using kernels::SEBEN_SIMD_NAMESPACE::bits;
using kernels::SEBEN_SIMD_NAMESPACE::load;
using kernels::SEBEN_SIMD_NAMESPACE::store;

using Doubles [[gnu::vector_size(SEBEN_SIMD_BYTES)]] = double;
using Longs [[gnu::vector_size(SEBEN_SIMD_BYTES)]] = std::int64_t;
using Bits [[gnu::vector_size(SEBEN_SIMD_BYTES)]] = std::uint64_t;
using Floats [[gnu::vector_size(SEBEN_SIMD_BYTES / 2)]] = float;

constexpr std::int64_t kLanes = SEBEN_SIMD_BYTES / 8;
static_assert(kRowMultiple % kLanes == 0);

inline Doubles splat(double x) { return Doubles{} + x; }
// By a mask of all or no bits; SSE2 has no comparison of 64-bit integers.
inline Doubles select(Longs mask, Doubles yes, Doubles no) {
  return bits<Doubles>((bits<Longs>(yes) & mask) | (bits<Longs>(no) & ~mask));
}
inline Doubles floored(Doubles v) { return v < kFloor ? Doubles{} : v; }

inline Doubles gather(const double* from, const std::int32_t* at) {
#if SEBEN_SIMD_BYTES == 16
  return Doubles{from[at[0]], from[at[1]]};
#elif SEBEN_SIMD_BYTES == 32
  return Doubles{from[at[0]], from[at[1]], from[at[2]], from[at[3]]};
#else
  return Doubles{from[at[0]], from[at[1]], from[at[2]], from[at[3]],
                 from[at[4]], from[at[5]], from[at[6]], from[at[7]]};
#endif
}

// The last lane of `low` and all but the last of `high`.
inline Doubles shifted_in(Doubles low, Doubles high) {
#if SEBEN_SIMD_BYTES == 16
  return __builtin_shufflevector(low, high, 1, 2);
#elif SEBEN_SIMD_BYTES == 32
  return __builtin_shufflevector(low, high, 3, 4, 5, 6);
#else
  return __builtin_shufflevector(low, high, 7, 8, 9, 10, 11, 12, 13, 14);
#endif
}

inline double sum_lanes(Doubles v) {
  double total = 0.0;
  for (std::int64_t i = 0; i < kLanes; ++i) total += v[i];
  return total;
}

// Cody and Waite's reduction to |r| <= ln 2 / 2, where 13 terms of the power series leave 2e-16; even and odd powers
// apart, so that two chains run at once.
inline Doubles exp(Doubles x) {
  const Doubles biased = x * 0x1.71547652b82fep0 + 0x1.8p52;  // adding 1.5 * 2^52 rounds to the nearest integer
  const Doubles n = biased - 0x1.8p52;
  const Doubles r = (x - n * 0x1.62e42fefa0000p-1) - n * 0x1.cf79abc9e3b3ap-40;
  const Doubles s = r * r;
  Doubles even = s * (1.0 / 479001600.0) + 1.0 / 3628800.0;
  even = even * s + 1.0 / 40320.0;
  even = even * s + 1.0 / 720.0;
  even = even * s + 1.0 / 24.0;
  even = even * s + 1.0 / 2.0;
  even = even * s + 1.0;
  Doubles odd = s * (1.0 / 39916800.0) + 1.0 / 362880.0;
  odd = odd * s + 1.0 / 5040.0;
  odd = odd * s + 1.0 / 120.0;
  odd = odd * s + 1.0 / 6.0;
  odd = odd * s + 1.0;
  const Doubles mantissa = even + odd * r;
  const Doubles y = bits<Doubles>(bits<Bits>(mantissa) + (bits<Bits>(biased) << 52));  // low bits of `biased` are n
  const Doubles outside = x < 0.0 ? Doubles{} : x + __builtin_inf();                   // NaN stays NaN
  return ((x >= -665.43) & (x <= 709.0)) ? y : outside;
}

inline RowMass exp_row(const float* x, std::int64_t n, double scale, double* y) {
  Doubles sum = {}, largest = {};
  for (std::int64_t i = 0; i < n; i += kLanes) {
    const Doubles v = exp(__builtin_convertvector(load<Floats>(x + i), Doubles)) * scale;
    store(y + i, v);
    sum += v;
    largest = v > largest ? v : largest;
  }
  double best = 0.0;
  for (std::int64_t k = 0; k < kLanes; ++k) best = largest[k] > best ? largest[k] : best;
  return {sum_lanes(sum), best};
}

inline double prefix_row(const PrefixRow& of_row) {
  const PrefixRow row = of_row;  // a copy in registers: the stores below might otherwise change it
  const Doubles blank = splat(row.probs[0]), blank_before = splat(row.blank_before);
  Doubles sum = {}, last = {};
  for (std::int64_t i = 0; i < row.size; i += kLanes) {
    const Doubles before = load<Doubles>(row.before + i);
    const Doubles after_blank = load<Doubles>(row.before_that + i) * blank_before;
    const Doubles entering = select(load<Longs>(row.repeats + i), after_blank, before);
    const Doubles ending = floored((load<Doubles>(row.ending + i) + entering) * gather(row.probs, row.columns + i));
    const Doubles now = floored(before * blank + shifted_in(last, ending));
    store(row.ending + i, ending);
    store(row.now + i, now);
    sum += now;
    last = ending;
  }
  return sum_lanes(sum);
}

inline void join_lanes(const Lanes& lanes, std::int64_t v, const double* probs, Doubles entering, Doubles leaving) {
  const Doubles x = floored((load<Doubles>(lanes.middles + v) + entering) * gather(probs, lanes.columns + v));
  store(lanes.middles + v, x);
  store(lanes.totals + v, load<Doubles>(lanes.totals + v) + x * leaving);
}

inline void join_row(const JoinRow& of_row, const Lanes& of_lanes) {
  const JoinRow row = of_row;  // copies in registers, as above
  const Lanes lanes = of_lanes;
  for (std::int64_t v = 0; v < row.plain; v += kLanes) {
    join_lanes(lanes, v, row.probs, gather(row.prefixes, lanes.prefixes + v), gather(row.suffixes, lanes.suffixes + v));
  }
  const Doubles blank_before = splat(row.blank_before), blank_after = splat(row.blank_after);
  for (std::int64_t v = row.plain; v < row.size; v += kLanes) {
    const Doubles after_blank = gather(row.prefixes - row.stride, lanes.prefixes + v) * blank_before;
    const Doubles before_blank = gather(row.suffixes - row.stride, lanes.suffixes + v) * blank_after;
    const Doubles entering = gather(row.prefixes, lanes.prefixes + v);
    const Doubles leaving = gather(row.suffixes, lanes.suffixes + v);
    join_lanes(lanes, v, row.probs, select(load<Longs>(lanes.after_repeat + v), after_blank, entering),
               select(load<Longs>(lanes.before_repeat + v), before_blank, leaving));
  }
}

extern const EditOps edit_ops;
const EditOps edit_ops = {SEBEN_SIMD_NAME, exp_row, prefix_row, join_row};

}  // namespace seben::ctc::SEBEN_SIMD_NAMESPACE
