// SPDX-License-Identifier: Apache-2.0
// One 30 s window through encoders of Whisper's sizes with seeded random weights, and two windows on two cores: each
// with both threads one after the other, or at the same time with one thread each.
#include <benchmark/benchmark.h>

#include <cmath>
#include <map>
#include <random>
#include <thread>

#include "../tests/support/memory_weights.h"
#include "whisper/encoder.h"

namespace {

using namespace seben;
using kernels::Precision;

whisper::EncoderConfig config_of(std::int64_t width, std::int64_t layers) {
  whisper::EncoderConfig c;
  c.n_mels = 80;
  c.d_model = width;
  c.layers = layers;
  c.heads = width / 64;
  c.ffn = 4 * width;
  return c;
}

test::MemoryWeights random_weights(const whisper::EncoderConfig& c) {
  test::MemoryWeights w;
  std::mt19937 random(1);
  const auto matrix = [&](const std::string& name, std::int64_t out, std::int64_t in) {
    w.randomize(name + ".weight", {out, in}, random, 1.0F / std::sqrt(static_cast<float>(in)));
  };
  const auto vector = [&](const std::string& name, float mean) { w.randomize(name, {c.d_model}, random, 0.02F, mean); };
  w.randomize("conv1.weight", {c.d_model, c.n_mels, 3}, random, 0.06F);
  w.randomize("conv2.weight", {c.d_model, c.d_model, 3}, random, 0.03F);
  w.randomize("embed_positions.weight", {c.positions, c.d_model}, random, 0.5F);
  for (const char* name : {"conv1.bias", "conv2.bias", "layer_norm.bias"}) vector(name, 0.0F);
  vector("layer_norm.weight", 1.0F);
  for (std::int64_t i = 0; i < c.layers; ++i) {
    const std::string layer = "layers." + std::to_string(i) + ".";
    for (const char* part : {"q_proj", "k_proj", "v_proj", "out_proj"}) {
      matrix(layer + "self_attn." + part, c.d_model, c.d_model);
      vector(layer + "self_attn." + part + ".bias", 0.0F);
    }
    for (const char* norm : {"self_attn_layer_norm", "final_layer_norm"}) {
      vector(layer + norm + ".weight", 1.0F);
      vector(layer + norm + ".bias", 0.0F);
    }
    matrix(layer + "fc1", c.ffn, c.d_model);
    matrix(layer + "fc2", c.d_model, c.ffn);
    w.randomize(layer + "fc1.bias", {c.ffn}, random, 0.02F);
    vector(layer + "fc2.bias", 0.0F);
  }
  return w;
}

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
