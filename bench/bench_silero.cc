// SPDX-License-Identifier: Apache-2.0
// Speech probabilities by Silero's network with invented weights, one thread: milliseconds per second of sound, whole
// and in pieces as they come from a microphone; beside it the detector without weights.
#include <benchmark/benchmark.h>

#include "../tests/core/audio/vad/invented_silero.h"
#include "audio/vad/silero.h"
#include "audio/vad/speech_detector.h"

namespace {

using namespace seben::generate;

constexpr std::int64_t kSeconds = 60;

const std::vector<float>& sound() {
  static const std::vector<float> samples = test::silero_signal(16000 * kSeconds);
  return samples;
}

const Silero& model() {
  static const Silero loaded = [] {
    const std::vector<std::byte> bytes = test::silero_bytes();
    return Silero::from(SileroFile::view(bytes, "invented"));
  }();
  return loaded;
}

void report(benchmark::State& state) {
  // Shown with its unit's prefix: 1.2m is 1.2 ms.
  state.counters["s/s"] = benchmark::Counter(static_cast<double>(state.iterations() * kSeconds),
                                             benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void silero(benchmark::State& state) {
  const auto piece = static_cast<std::size_t>(state.range(0));
  std::vector<float> probabilities;
  for (auto _ : state) {
    probabilities.clear();
    SileroStream stream(model());
    for (std::size_t at = 0; at < sound().size(); at += piece) {
      stream.push(std::span(sound()).subspan(at, std::min(piece, sound().size() - at)), probabilities);
    }
    benchmark::DoNotOptimize(probabilities.data());
  }
  report(state);
}

void without_weights(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(find_speech(sound()));
  report(state);
}

void load(benchmark::State& state) {
  const std::vector<std::byte> bytes = test::silero_bytes();
  for (auto _ : state) benchmark::DoNotOptimize(Silero::from(SileroFile::view(bytes, "invented")).bytes());
}

BENCHMARK(silero)->ArgName("piece")->Arg(512)->Arg(8000)->Arg(16000 * kSeconds)->Unit(benchmark::kMillisecond);
BENCHMARK(without_weights)->Unit(benchmark::kMillisecond);
BENCHMARK(load)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
