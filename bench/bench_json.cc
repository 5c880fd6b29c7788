// SPDX-License-Identifier: Apache-2.0
// Reading and writing the header of a weight file with many tensors. Both grow in proportion to the tensors: BigO is N
// or N lg N, never N^2 (a file of 40,000 took over a minute when they did not).
#include <benchmark/benchmark.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "../tests/support/temp_dir.h"
#include "base/json.h"
#include "formats/safetensors.h"

namespace {

using namespace seben;

std::string header_of(std::int64_t tensors) {
  std::string text = "{";
  for (std::int64_t i = 0; i < tensors; ++i) {
    text += i == 0 ? "\"" : ",\"";
    text += "model.layers." + std::to_string(i) + R"(.weight":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]})";
  }
  return text + "}";
}

void parse(benchmark::State& state) {
  const std::string text = header_of(state.range(0));
  for (auto _ : state) {
    benchmark::DoNotOptimize(base::parse_json(text, "bench", {.max_bytes = text.size(), .max_values = 4'000'000}));
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
  state.SetComplexityN(state.range(0));
}
BENCHMARK(parse)->Arg(1000)->Arg(10'000)->Arg(100'000)->Unit(benchmark::kMillisecond)->Complexity();

// Tensors without elements, so that nothing but the header is written.
void write(benchmark::State& state) {
  const test::TempDir dir;
  std::vector<tensor::TensorSpec> specs;
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    specs.push_back({"model.layers." + std::to_string(i) + ".weight", tensor::DType::f32, {1, 0}});
  }
  for (auto _ : state) tensor::SafetensorsWriter(dir / "m.safetensors", specs, {}).commit();
  state.SetComplexityN(state.range(0));
}
BENCHMARK(write)->Arg(1000)->Arg(10'000)->Arg(100'000)->Unit(benchmark::kMillisecond)->Complexity();

}  // namespace

BENCHMARK_MAIN();
