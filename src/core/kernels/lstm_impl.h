// SPDX-License-Identifier: Apache-2.0
// Steps of a recurrence, compiled once for each instruction set; see simd.h and lstm.h.
//
// Packed weights: [block of cells][earlier cell][gate][kBlock], zeros behind the last cell. A step reads them once, in
// this order, with all sums of a block in registers: it is as fast as the second cache gives them.
#include "kernels/lstm.h"
#include "kernels/simd.h"

namespace seben::kernels::SEBEN_SIMD_NAMESPACE {

constexpr std::int64_t kGates = 4;
constexpr std::int64_t kCellVectors = 2;  // with four gates eight sums: as many as hide the latency of a product
constexpr std::int64_t kBlock = kCellVectors * kLanes;

inline std::int64_t cell_blocks(std::int64_t cells) { return (cells + kBlock - 1) / kBlock; }

inline std::int64_t packed_floats(std::int64_t cells) { return cell_blocks(cells) * cells * kGates * kBlock; }

inline void pack(const float* recurrent, std::int64_t cells, float* packed) {
  for (std::int64_t first = 0; first < cells; first += kBlock) {
    for (std::int64_t from = 0; from < cells; ++from) {
      for (std::int64_t gate = 0; gate < kGates; ++gate) {
        for (std::int64_t c = first; c < first + kBlock; ++c) {
          *packed++ = c < cells ? recurrent[(gate * cells + c) * cells + from] : 0.0F;
        }
      }
    }
  }
}

// exp() takes what is no number for a small one; here it has to be seen in the output.
inline Floats unless_nan(Floats x, Floats y) { return x == x ? y : x; }

inline Floats sigmoid(Floats x) { return unless_nan(x, 1.0F / (1.0F + exp(smaller(-x, splat(87.0F))))); }

inline Floats tanh(Floats x) { return unless_nan(x, 1.0F - 2.0F / (1.0F + exp(smaller(2.0F * x, splat(87.0F))))); }

// Up to kLanes values; zeros behind them.
inline Floats load_some(const float* from, std::int64_t count) {
  if (count >= kLanes) return load<Floats>(from);
  float some[kLanes] = {};
  for (std::int64_t i = 0; i < count; ++i) some[i] = from[i];
  return load<Floats>(some);
}

inline void store_some(float* to, std::int64_t count, Floats v) {
  if (count >= kLanes) return store(to, v);
  for (std::int64_t i = 0; i < count; ++i) to[i] = v[i];
}

inline void step(const float* packed, std::int64_t cells, const float* gates, const float* before, float* state,
                 float* hidden) {
  for (std::int64_t first = 0; first < cells; first += kBlock) {
    Floats sum[kGates][kCellVectors] = {};
    for (std::int64_t from = 0; from < cells; ++from, packed += kGates * kBlock) {
      const Floats earlier = splat(before[from]);
      for (std::int64_t gate = 0; gate < kGates; ++gate) {
        for (std::int64_t v = 0; v < kCellVectors; ++v) {
          sum[gate][v] += earlier * load<Floats>(packed + gate * kBlock + v * kLanes);
        }
      }
    }
    for (std::int64_t v = 0; v < kCellVectors; ++v) {
      const std::int64_t c = first + v * kLanes, left = cells - c;
      if (left <= 0) break;
      for (std::int64_t gate = 0; gate < kGates; ++gate) sum[gate][v] += load_some(gates + gate * cells + c, left);
      const Floats now = sigmoid(sum[1][v]) * load_some(state + c, left) + sigmoid(sum[0][v]) * tanh(sum[2][v]);
      store_some(state + c, left, now);
      store_some(hidden + c, left, sigmoid(sum[3][v]) * tanh(now));
    }
  }
}

extern const LstmOps lstm_ops;
const LstmOps lstm_ops = {SEBEN_SIMD_NAME, packed_floats, pack, step};

}  // namespace seben::kernels::SEBEN_SIMD_NAMESPACE
