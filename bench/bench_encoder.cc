// SPDX-License-Identifier: Apache-2.0
// One 30 s window through encoders of Whisper's sizes with seeded random weights, and two windows on two cores: each
// with both threads one after the other, or at the same time with one thread each.
#include <benchmark/benchmark.h>

#include <map>
#include <thread>

#include "model/whisper/encoder.h"
#include "random_encoder.h"

namespace {

using namespace seben;
using bench::config_of;
using bench::random_weights;
using kernels::Precision;

const whisper::Encoder& encoder_of(std::int64_t width, std::int64_t layers, Precision precision) {
  static std::map<std::pair<std::int64_t, Precision>, whisper::Encoder> made;
  const auto key = std::pair{width, precision};
  if (const auto it = made.find(key); it != made.end()) return it->second;
  const auto config = config_of(width, layers);
  return made.emplace(key, whisper::Encoder::load(random_weights(config), config, {precision, 2, {}})).first->second;
}

struct Window {
  explicit Window(const whisper::Encoder& e, int threads)
      : encoder(e),
        mel(static_cast<std::size_t>(e.config().mel_size()), 0.1F),
        features(static_cast<std::size_t>(e.config().feature_size())),
        workspace(e.make_workspace(threads)) {}
  void run() { encoder.run(mel, features, workspace); }

  const whisper::Encoder& encoder;
  std::vector<float> mel, features;
  whisper::EncoderWorkspace workspace;
};

// Arguments: width, layers, precision, threads.
void one_window(benchmark::State& state) {
  const auto& encoder = encoder_of(state.range(0), state.range(1), static_cast<Precision>(state.range(2)));
  Window window(encoder, static_cast<int>(state.range(3)));
  window.run();
  for (auto _ : state) window.run();
}

void two_in_sequence(benchmark::State& state) {
  Window window(encoder_of(state.range(0), state.range(1), static_cast<Precision>(state.range(2))), 2);
  window.run();
  for (auto _ : state) {
    window.run();
    window.run();
  }
}

void two_at_once(benchmark::State& state) {
  const auto& encoder = encoder_of(state.range(0), state.range(1), static_cast<Precision>(state.range(2)));
  Window first(encoder, 1), second(encoder, 1);
  first.run();
  second.run();
  for (auto _ : state) {
    std::jthread other([&] { second.run(); });
    first.run();
  }
}

void sizes(benchmark::internal::Benchmark* b) {
  for (const Precision p : {Precision::f32, Precision::bf16, Precision::int8}) {
    b->Args({384, 4, static_cast<int>(p), 2})->Args({768, 12, static_cast<int>(p), 2});
  }
  b->ArgNames({"width", "layers", "precision", "threads"})->Unit(benchmark::kMillisecond)->UseRealTime()->MinTime(1.0);
}

BENCHMARK(one_window)->Apply(sizes);
BENCHMARK(two_in_sequence)->Apply(sizes);
BENCHMARK(two_at_once)->Apply(sizes);

}  // namespace

BENCHMARK_MAIN();
