// SPDX-License-Identifier: Apache-2.0
// Tokens per second of text decoders of Whisper's sizes with invented weights: steps of some hypotheses behind a prompt
// of four and 60 tokens, with 1500 frames of features. Arguments: model, precision, hypotheses, threads.
#include <benchmark/benchmark.h>

#include <map>
#include <memory>
#include <random>

#include "../tests/support/memory_weights.h"
#include "kernels/precision.h"
#include "whisper/decoder_tensors.h"
#include "whisper/incremental_decoder.h"

namespace {

using namespace seben;
using kernels::Precision;

constexpr std::int64_t kFrames = 1500, kBefore = 64;

whisper::DecoderConfig size_of(std::int64_t model) {
  whisper::DecoderConfig c;
  c.vocabulary = model == 2 ? 51866 : 51865;
  c.d_model = model == 0 ? 384 : model == 1 ? 512 : 1280;
  c.layers = model == 1 ? 6 : 4;
  c.heads = c.d_model / 64;
  c.ffn = 4 * c.d_model;
  return c;
}

const char* name_of(std::int64_t model) { return model == 0 ? "tiny" : model == 1 ? "base" : "large-v3-turbo"; }

const test::MemoryWeights& weights_of(std::int64_t model) {
  static std::int64_t made = -1;
  static std::unique_ptr<test::MemoryWeights> weights;
  if (made == model) return *weights;
  weights = std::make_unique<test::MemoryWeights>();
  made = model;
  std::mt19937 random(1);
  for (const auto& [name, shape] : whisper::decoder_tensors(size_of(model))) {
    std::size_t count = 1;
    for (const auto n : shape) count *= static_cast<std::size_t>(n);
    std::vector<float> values(count);
    const bool norm = name.find("layer_norm.weight") != std::string::npos;
    const float scale = shape.size() == 2 ? 1.0F / std::sqrt(static_cast<float>(shape[1])) : 0.02F;
    for (float& v : values) v = (static_cast<float>(random()) * 0x1p-31F - 1.0F) * scale + (norm ? 1.0F : 0.0F);
    weights->set(name, shape, std::move(values));
  }
  return *weights;
}

struct Made {
  whisper::IncrementalDecoder decoder;
  whisper::CrossCache cross;
  std::vector<float> features;
};

// One at a time: the large ones would not fit together.
Made& made(std::int64_t model, Precision precision) {
  static std::pair<std::int64_t, Precision> key{-1, Precision::f32};
  static std::unique_ptr<Made> kept;
  if (key != std::pair{model, precision}) {
    kept.reset();
    key = {model, precision};
    kept.reset(
        new Made{whisper::IncrementalDecoder::load(weights_of(model), size_of(model), {precision, 2, {}}), {}, {}});
    std::mt19937 random(2);
    kept->features.resize(static_cast<std::size_t>(kFrames * size_of(model).d_model));
    for (float& v : kept->features) v = static_cast<float>(random()) * 0x1p-31F - 1.0F;
    kept->decoder.hear(kept->features, kFrames, kept->cross, 2);
  }
  return *kept;
}

void steps(benchmark::State& state) {
  const auto precision = static_cast<Precision>(state.range(1));
  const std::int64_t rows = state.range(2);
  const int threads = static_cast<int>(state.range(3));
  Made& m = made(state.range(0), precision);
  whisper::TokenCache cache = m.decoder.make_cache(rows);
  const std::vector<std::int32_t> before(static_cast<std::size_t>(kBefore), 100);
  m.decoder.prompt(before, cache, m.cross, {}, threads);
  cache.reorder(std::vector<std::int64_t>(static_cast<std::size_t>(rows), 0));
  std::vector<float> logits(static_cast<std::size_t>(rows * m.decoder.config().vocabulary));
  const std::vector<std::int32_t> tokens(static_cast<std::size_t>(rows), 200);
  for (auto _ : state) {
    if (cache.length() == m.decoder.config().positions) {
      state.PauseTiming();
      cache.reorder(std::vector<std::int64_t>{0});
      cache.truncate(kBefore);
      cache.reorder(std::vector<std::int64_t>(static_cast<std::size_t>(rows), 0));
      state.ResumeTiming();
    }
    m.decoder.step(tokens, cache, m.cross, logits, threads);
  }
  state.SetLabel(std::string(name_of(state.range(0))) + " " + std::string(to_string(precision)));
  state.counters["tokens/s"] = benchmark::Counter(static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
  state.counters["MB"] = static_cast<double>(m.decoder.weight_bytes()) / 1e6;
}

// A prompt of 200 tokens, and the features' keys and values: what a window costs before its first token.
void prompts(benchmark::State& state) {
  Made& m = made(state.range(0), static_cast<Precision>(state.range(1)));
  whisper::TokenCache cache = m.decoder.make_cache(1);
  const std::vector<std::int32_t> tokens(200, 100);
  for (auto _ : state) {
    cache.clear();
    m.decoder.prompt(tokens, cache, m.cross, {}, static_cast<int>(state.range(3)));
  }
  state.SetLabel(name_of(state.range(0)));
}

void hears(benchmark::State& state) {
  Made& m = made(state.range(0), static_cast<Precision>(state.range(1)));
  for (auto _ : state) m.decoder.hear(m.features, kFrames, m.cross, static_cast<int>(state.range(3)));
  state.SetLabel(name_of(state.range(0)));
}

void each(benchmark::internal::Benchmark* b, bool beams) {
  for (const int model : {0, 1, 2}) {
    for (const int precision : {0, 1, 2}) {
      for (const int rows : {1, 5}) {
        for (const int threads : {1, 2}) {
          if (beams || (rows == 1 && threads == 2)) b->Args({model, precision, rows, threads});
        }
      }
    }
  }
  b->ArgNames({"model", "precision", "rows", "threads"})->Unit(benchmark::kMillisecond)->UseRealTime()->MinTime(0.4);
}

BENCHMARK(steps)->Apply([](auto* b) { each(b, true); });
BENCHMARK(prompts)->Apply([](auto* b) { each(b, false); });
BENCHMARK(hears)->Apply([](auto* b) { each(b, false); });

}  // namespace

BENCHMARK_MAIN();
