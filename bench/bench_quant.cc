// SPDX-License-Identifier: Apache-2.0
// Coding and restoring features [1500, 1280] on one core; bytes are those of the f32 side. The last rows are single
// stages. bench/peers/ggml_blocks.py runs ggml's q4_0 and q8_0 beside the affine codecs.
#include <benchmark/benchmark.h>

#include <cmath>
#include <vector>

#include "codecs/codec.h"
#include "codecs/rotation.h"
#include "codecs/splitmix.h"

namespace seben::quant {
namespace {

constexpr std::int64_t kFrames = 1500, kDim = 1280;

const std::vector<float>& features() {
  static const std::vector<float> values = [] {
    SplitMix random(1);
    std::vector<float> out(static_cast<std::size_t>(kFrames * kDim));
    for (float& v : out) {
      v = -3.0F;
      for (int i = 0; i < 6; ++i) v += static_cast<float>(random.uniform());
    }
    return out;
  }();
  return values;
}

void count_bytes(benchmark::State& state) {
  state.SetBytesProcessed(state.iterations() * kFrames * kDim * 4);
  state.SetLabel("of f32");
}

void encode(benchmark::State& state, const char* name) {
  const auto codec = make_codec(parse_codec(name, "bench"), kDim, "bench");
  std::vector<std::byte> out(static_cast<std::size_t>(kFrames) * codec->frame_bytes());
  for (auto _ : state) {
    codec->encode(features(), out, "bench");
    benchmark::ClobberMemory();
  }
  count_bytes(state);
}

void decode(benchmark::State& state, const char* name) {
  const auto codec = make_codec(parse_codec(name, "bench"), kDim, "bench");
  std::vector<std::byte> bytes(static_cast<std::size_t>(kFrames) * codec->frame_bytes());
  codec->encode(features(), bytes, "bench");
  std::vector<float> out(features().size());
  for (auto _ : state) {
    codec->decode(bytes, out);
    benchmark::ClobberMemory();
  }
  count_bytes(state);
}

void rotate(benchmark::State& state) {
  const Rotation rotation(kDim, 42);
  std::vector<float> x(features().begin(), features().begin() + kDim), scratch(x.size());
  for (auto _ : state) {
    rotation.forward(x.data(), scratch.data());
    benchmark::ClobberMemory();
  }
}

BENCHMARK_CAPTURE(encode, affine4_g32, "affine4:g32")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(decode, affine4_g32, "affine4:g32")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(encode, affine4_g32_sym, "affine4:g32:sym")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(decode, affine4_g32_sym, "affine4:g32:sym")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(encode, affine8_g32, "affine8:g32")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(decode, affine8_g32, "affine8:g32")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(encode, affine3_g32, "affine3:g32")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(decode, affine3_g32, "affine3:g32")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(encode, turbo4, "turbo4")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(decode, turbo4, "turbo4")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(encode, turbo8, "turbo8")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(decode, turbo8, "turbo8")->Unit(benchmark::kMillisecond);
BENCHMARK(rotate);

}  // namespace
}  // namespace seben::quant

BENCHMARK_MAIN();
