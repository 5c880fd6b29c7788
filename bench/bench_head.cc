// SPDX-License-Identifier: Apache-2.0
// CTC heads on one 30 s window: the recurrent head behind a convolution as a whole, and its recurrence alone, in every
// instruction set.
#include <benchmark/benchmark.h>

#include <random>

#include "../tests/support/memory_weights.h"
#include "kernels/lstm.h"
#include "model/head/head.h"

namespace seben::ctc {
namespace {

constexpr std::int64_t kFrames = 1500, kDim = 512, kWidth = 256, kCells = 192;

test::MemoryWeights conv_bilstm() {
  std::mt19937 random(1);
  test::MemoryWeights w;
  w.randomize("input_proj.0.weight", {kWidth, kDim}, random, 0.05F);
  w.randomize("input_proj.0.bias", {kWidth}, random, 0.1F);
  w.randomize("temporal_ds.0.weight", {kWidth, kWidth, 5}, random, 0.03F);
  w.randomize("temporal_ds.0.bias", {kWidth}, random, 0.1F);
  for (const std::string layer : {"_l0", "_l1"}) {
    for (const std::string side : {"", "_reverse"}) {
      w.randomize("encoder.weight_ih" + layer + side, {4 * kCells, layer == "_l0" ? kWidth : 2 * kCells}, random, 0.1F);
      w.randomize("encoder.weight_hh" + layer + side, {4 * kCells, kCells}, random, 0.1F);
      w.randomize("encoder.bias_ih" + layer + side, {4 * kCells}, random, 0.1F);
      w.randomize("encoder.bias_hh" + layer + side, {4 * kCells}, random, 0.1F);
    }
  }
  w.randomize("output_proj.weight", {66, 2 * kCells}, random, 0.2F);
  w.randomize("output_proj.bias", {66}, random, 0.1F);
  w.change_metadata() = {{"seben.head.kind", "conv-bilstm"}, {"seben.head.stride", "2"}, {"seben.head.blank", "65"}};
  return w;
}

void conv_bilstm_window(benchmark::State& state) {
  const test::MemoryWeights weights = conv_bilstm();
  const auto head = load_head(weights, HeadConfig::read(weights), kernels::Precision::f32, 2);
  const auto workspace = head->make_workspace(kFrames, static_cast<int>(state.range(0)));
  const std::vector<float> features(static_cast<std::size_t>(kFrames * kDim), 0.3F);
  std::vector<float> logits(static_cast<std::size_t>(head->output_frames(kFrames) * 66));
  for (auto _ : state) head->run(features, kFrames, logits, *workspace);
}

// All steps of a window: two layers, two directions, 750 frames.
void recurrence(benchmark::State& state) {
  const kernels::LstmOps& ops = kernels::lstm_ops(static_cast<base::Isa>(state.range(0)));
  state.SetLabel(ops.name);
  std::vector<float> recurrent(static_cast<std::size_t>(4 * kCells * kCells), 0.01F), gates(4 * kCells, 0.1F);
  std::vector<float> packed(static_cast<std::size_t>(ops.packed_floats(kCells)));
  std::vector<float> out[2], cells(kCells);
  for (auto& row : out) row.resize(kCells);
  ops.pack(recurrent.data(), kCells, packed.data());
  for (auto _ : state) {
    for (std::size_t step = 0; step < 2 * 2 * 750; ++step) {
      ops.step(packed.data(), kCells, gates.data(), out[step % 2].data(), cells.data(), out[(step + 1) % 2].data());
    }
  }
}

void sets(benchmark::internal::Benchmark* b) {
  b->Arg(static_cast<int>(base::Isa::plain));
  if (base::best_isa() != base::Isa::plain) b->Arg(static_cast<int>(base::Isa::avx2));
  if (base::best_isa() == base::Isa::avx512) b->Arg(static_cast<int>(base::Isa::avx512));
}

BENCHMARK(conv_bilstm_window)->Arg(1)->Arg(2)->ArgName("threads")->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(recurrence)->Apply(sets)->ArgName("set")->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace seben::ctc

BENCHMARK_MAIN();
