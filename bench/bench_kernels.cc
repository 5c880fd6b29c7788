// SPDX-License-Identifier: Apache-2.0
// The operations that an encoder's time is made of, on one thread: products with and without what surrounds them (the
// difference is the price of coding the rows, scales and bias), attention of one head, and the row operations.
// Counters: FLOP is floating (or integer) operations a second.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <utility>
#include <vector>

#include "kernels/attention.h"
#include "kernels/linear.h"
#include "kernels/multi_head.h"
#include "kernels/row_ops.h"

namespace {

using namespace seben::kernels;

std::vector<float> random_values(std::int64_t n, float scale) {
  std::mt19937 random(1);
  std::normal_distribution<float> normal(0.0F, scale);
  std::vector<float> x(static_cast<std::size_t>(n));
  for (float& v : x) v = normal(random);
  return x;
}

void count_flop(benchmark::State& state, std::int64_t flop) {
  state.counters["FLOP"] = benchmark::Counter(static_cast<double>(flop), benchmark::Counter::kIsIterationInvariantRate);
}

// Arguments: out, in, precision.
struct Product {
  explicit Product(const benchmark::State& state)
      : out(state.range(0)),
        in(state.range(1)),
        precision(static_cast<Precision>(state.range(2))),
        x(random_values(kBlockRows * in, 1.0F)),
        operand(precision, kBlockRows, in) {
    for (std::int64_t r = 0; r < kBlockRows; ++r) operand.set_row(r, x.data() + r * in);
  }
  [[nodiscard]] std::int64_t flop() const { return 2 * kBlockRows * out * in; }

  std::int64_t out, in;
  Precision precision;
  std::vector<float> x;
  Operand operand;
};

// The library's product alone: the ceiling of `linear`.
void gemm(benchmark::State& state) {
  const Product p(state);
  if (kind_of(p.precision) == GemmKind::f32 && p.precision != Precision::f32) {
    state.SkipWithError("expanded to f32 on this processor with this library");
    return;
  }
  const auto weights = random_values(p.out * p.in, 1.0F);
  Buffer codes(weights.size() * sizeof(float));
  switch (kind_of(p.precision)) {
    case GemmKind::f32: std::copy(weights.begin(), weights.end(), codes.as<float>()); break;
    case GemmKind::bf16: row_ops().to_bf16(weights.data(), p.out * p.in, codes.as<std::uint16_t>()); break;
    case GemmKind::u8s8: {
      std::int32_t sum = 0;
      row_ops().quantize_symmetric(weights.data(), p.out * p.in, static_cast<float>(gemm_s8_limit()),
                                   codes.as<std::int8_t>(), &sum);
      break;
    }
  }
  const auto packed = pack_gemm(kind_of(p.precision), p.out, p.in, codes.data(), kBlockRows);
  Buffer accumulator(static_cast<std::size_t>(kBlockRows * p.out) * 4);
  for (auto _ : state) packed->multiply(p.operand.data(), kBlockRows, accumulator.data());
  count_flop(state, p.flop());
}

// The product with coding of its input, scales and bias.
void linear(benchmark::State& state) {
  Product p(state);
  const Linear weights(random_values(p.out * p.in, 1.0F), random_values(p.out, 1.0F), p.out, p.in, p.precision);
  LinearScratch scratch(kBlockRows, p.out);
  for (auto _ : state) {
    for (std::int64_t r = 0; r < kBlockRows; ++r) p.operand.set_row(r, p.x.data() + r * p.in);
    weights.run(p.operand, kBlockRows, scratch, [](std::int64_t, const float* row) { benchmark::DoNotOptimize(row); });
  }
  count_flop(state, p.flop());
}

// Weights from f32 rows to the packed form; bytes a second are those of the source.
void pack(benchmark::State& state) {
  const std::int64_t out = state.range(0), in = state.range(1);
  const auto weights = random_values(out * in, 1.0F);
  for (auto _ : state) {
    const Linear packed(weights, {}, out, in, static_cast<Precision>(state.range(2)));
    benchmark::DoNotOptimize(packed.bytes());
  }
  state.SetBytesProcessed(state.iterations() * out * in * std::int64_t{sizeof(float)});
}

void products(benchmark::internal::Benchmark* b) {
  for (const Precision p : {Precision::f32, Precision::bf16, Precision::int8}) {
    for (const auto& [out, in] : {std::pair{576, 192}, {3840, 1280}, {1280, 1280}, {5120, 1280}, {1280, 5120}}) {
      b->Args({out, in, static_cast<int>(p)});
    }
  }
  b->ArgNames({"out", "in", "precision"})->Unit(benchmark::kMicrosecond)->UseRealTime()->MinTime(0.2);
}

// Arguments: rows, heads, head_dim, precision.
void attention(benchmark::State& state) {
  const std::int64_t rows = state.range(0), heads = state.range(1), dim = state.range(2), width = heads * dim;
  MultiHead heads_of_layer(rows, width, heads, static_cast<Precision>(state.range(3)), 1);
  auto qkv = random_values(rows * 3 * width, 1.0F);
  for (std::int64_t r = 0; r < rows; ++r) {
    float* row = qkv.data() + r * 3 * width;
    for (std::int64_t d = 0; d < width; ++d) row[d] /= std::sqrt(static_cast<float>(dim));
    heads_of_layer.set_row(r, row);
  }
  for (auto _ : state) run_team(1, [&](Team& team) { heads_of_layer.run(team, rows); });
  count_flop(state, 4 * rows * rows * width);
}

void attentions(benchmark::internal::Benchmark* b) {
  for (const Precision p : {Precision::f32, Precision::bf16}) {
    b->Args({1500, 2, 64, static_cast<int>(p)})->Args({750, 4, 48, static_cast<int>(p)});
  }
  b->ArgNames({"rows", "heads", "dim", "precision"})->Unit(benchmark::kMicrosecond)->UseRealTime();
}

// Argument: length of a row. `body(x, y)` treats one row.
template <typename Body>
void each_row(benchmark::State& state, Body body) {
  const auto x = random_values(state.range(0), 1.0F);
  std::vector<float> y = x;
  for (auto _ : state) {
    body(x, y);
    benchmark::DoNotOptimize(y.data());
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

void layer_norm(benchmark::State& state) {
  const auto gamma = random_values(state.range(0), 1.0F);
  each_row(state, [&](const auto& x, auto& y) {
    row_ops().layer_norm(x.data(), gamma.data(), gamma.data(), 1e-5F, state.range(0), y.data());
  });
}

void gelu(benchmark::State& state) {
  each_row(state, [&](const auto& x, auto& y) {
    std::copy(x.begin(), x.end(), y.begin());  // in place, and its own result would soon be all zero
    row_ops().gelu(y.data(), state.range(0));
  });
}

void quantize(benchmark::State& state) {
  std::vector<std::uint8_t> codes(static_cast<std::size_t>(state.range(0)));
  each_row(state, [&](const auto& x, auto&) { row_ops().quantize(x.data(), state.range(0), codes.data()); });
}

void to_bf16(benchmark::State& state) {
  std::vector<std::uint16_t> half(static_cast<std::size_t>(state.range(0)));
  each_row(state, [&](const auto& x, auto&) { row_ops().to_bf16(x.data(), state.range(0), half.data()); });
}

void log_softmax(benchmark::State& state) {
  each_row(state, [&](const auto& x, auto& y) {
    std::copy(x.begin(), x.end(), y.begin());
    row_ops().log_softmax(y.data(), state.range(0));
  });
}

BENCHMARK(gemm)->Apply(products);
BENCHMARK(linear)->Apply(products);
BENCHMARK(pack)->Apply(products);
BENCHMARK(attention)->Apply(attentions);
BENCHMARK(layer_norm)->Arg(192)->Arg(1280);
BENCHMARK(gelu)->Arg(768)->Arg(5120);
BENCHMARK(quantize)->Arg(1280)->Arg(5120);
BENCHMARK(to_bf16)->Arg(1280)->Arg(5120);
BENCHMARK(log_softmax)->Arg(66);

}  // namespace

BENCHMARK_MAIN();
