// SPDX-License-Identifier: Apache-2.0
// The interpreter on an exported Whisper encoder against the engine's own encoder, with the same weights, in f32. Runs
// of the two alternate, so that a slow moment of the machine meets both; `ratio` is the median of interpreted / native.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <vector>

#include "convert/encoder.h"
#include "interpreter/interpreter.h"
#include "model/whisper/encoder.h"
#include "random_encoder.h"

namespace {

using namespace seben;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// Arguments: width, layers, threads, layout (0 sequence, 1 ane), fp16 operators with rounding (0 or 1).
void against_native(benchmark::State& state) {
  whisper::EncoderConfig config = bench::config_of(state.range(0), state.range(1));
  if (config.d_model == 1280) config.n_mels = 128;  // large-v3
  const int threads = static_cast<int>(state.range(2));
  convert::ConversionOptions conversion;
  conversion.layout = static_cast<convert::Layout>(state.range(3));
  conversion.compute = state.range(4) != 0 ? mil::DType::fp16 : mil::DType::fp32;
  const auto file = std::make_shared<test::MemoryWeights>(bench::random_weights(config));
  const auto native = whisper::Encoder::load(*file, config, {kernels::Precision::f32, threads, {}});
  const mil::Model model = convert::encoder_model({{file, ""}, config}, conversion, {}, {});
  const auto program = interpreter::Interpreter::compile(model, "bench", {threads, true});

  const std::vector<float> mel(static_cast<std::size_t>(config.mel_size()), 0.1F);
  std::vector<float> features(static_cast<std::size_t>(config.feature_size()));
  whisper::EncoderWorkspace workspace = native.make_workspace(threads);
  const interpreter::Arrays inputs{{"mel", interpreter::Array::floats(mel, {1, config.n_mels, 2 * config.positions})}};
  native.run(mel, features, workspace);
  benchmark::DoNotOptimize(program.run(inputs));

  std::vector<double> interpreted, engine, ratio;
  for (auto _ : state) {
    const auto first = Clock::now();
    native.run(mel, features, workspace);
    engine.push_back(seconds_since(first));
    const auto second = Clock::now();
    benchmark::DoNotOptimize(program.run(inputs));
    interpreted.push_back(seconds_since(second));
    ratio.push_back(interpreted.back() / engine.back());
    state.SetIterationTime(interpreted.back());
  }
  state.counters["native_ms"] = 1000.0 * median(engine);
  state.counters["interpreted_ms"] = 1000.0 * median(interpreted);
  state.counters["ratio"] = median(ratio);
}

BENCHMARK(against_native)
    ->ArgNames({"width", "layers", "threads", "ane", "fp16"})
    ->Args({384, 4, 2, 0, 0})
    ->Args({384, 4, 1, 0, 0})
    ->Args({384, 4, 2, 1, 0})
    ->Args({384, 4, 2, 0, 1})
    ->Args({1280, 1, 2, 0, 0})
    ->Args({1280, 1, 1, 0, 0})
    ->Args({1280, 1, 2, 1, 0})
    ->Args({1280, 1, 2, 0, 1})
    ->Args({1280, 4, 2, 0, 0})
    ->Unit(benchmark::kMillisecond)
    ->UseManualTime()
    ->MinTime(2.0);

// The whole of large-v3; needs 8 GB of memory.
BENCHMARK(against_native)
    ->ArgNames({"width", "layers", "threads", "ane", "fp16"})
    ->Args({1280, 32, 2, 0, 0})
    ->Unit(benchmark::kMillisecond)
    ->UseManualTime()
    ->Iterations(3);

}  // namespace

BENCHMARK_MAIN();
