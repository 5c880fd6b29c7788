// SPDX-License-Identifier: Apache-2.0
// Log-mel of one full 30 s window on one core, for each instruction set this processor has.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <vector>

#include "audio/log_mel.h"

namespace {

using seben::base::Isa;
using seben::frontend::LogMel;

void log_mel_window(benchmark::State& state) {
  const auto isa = static_cast<Isa>(state.range(0));
  if (isa > seben::base::best_isa()) {
    state.SkipWithError("this processor does not have the instruction set");
    return;
  }
  const LogMel extractor(static_cast<int>(state.range(1)), isa);
  std::vector<float> samples(seben::frontend::kWindowLength);
  std::uint32_t noise = 1;
  for (float& sample : samples) {
    noise = noise * 1664525U + 1013904223U;
    sample = static_cast<float>(noise >> 8U) / 16777216.0F - 0.5F;
  }
  std::vector<float> mel(static_cast<std::size_t>(extractor.n_mels()) * seben::frontend::kFrames);
  for (auto _ : state) {
    extractor.compute(samples, mel);
    benchmark::DoNotOptimize(mel.data());
  }
}

}  // namespace

// isa: 0 plain, 1 AVX2, 2 AVX-512
BENCHMARK(log_mel_window)
    ->ArgNames({"isa", "mels"})
    ->ArgsProduct({{0, 1, 2}, {80, 128}})
    ->Unit(benchmark::kMillisecond);

BENCHMARK_MAIN();
