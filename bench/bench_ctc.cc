// SPDX-License-Identifier: Apache-2.0
// Decoders on one 30 s window at 12.5 and 25 frames a second, 66 classes, as peaked as a trained head's output.
#include <benchmark/benchmark.h>

#include <cmath>
#include <random>

#include "ctc/align.h"
#include "ctc/beam.h"
#include "ctc/forward.h"
#include "ctc/greedy.h"

namespace seben::ctc {
namespace {

constexpr std::int64_t kClasses = 66, kBlank = 65;

// Two frames in five carry a letter, a fifth of these with a serious rival.
LogProbs utterance(std::int64_t frames) {
  std::mt19937 random(3);
  std::normal_distribution<float> normal(0.0F, 1.0F);
  LogProbs out{std::vector<float>(static_cast<std::size_t>(frames * kClasses)), frames, kClasses};
  for (std::int64_t t = 0; t < frames; ++t) {
    const std::span row(out.values.data() + t * kClasses, static_cast<std::size_t>(kClasses));
    for (float& x : row) x = normal(random);
    const bool letter = random() % 5 < 2;
    row[letter ? random() % 64 : kBlank] += 10.0F;
    if (letter && random() % 5 == 0) row[random() % 64] += 9.5F;
  }
  log_softmax_masked(out.values, frames, nko::Vocabulary::nko_blank_last());
  return out;
}

Labels best_text(const LogProbs& log_probs) {
  Labels labels;
  for (const Symbol& s : greedy(log_probs.view(), kBlank).symbols) labels.push_back(s.label);
  return labels;
}

void bm_greedy(benchmark::State& state) {
  const LogProbs log_probs = utterance(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(greedy(log_probs.view(), kBlank));
}
void bm_beam(benchmark::State& state) {
  const LogProbs log_probs = utterance(state.range(0));
  const nko::Vocabulary vocabulary = nko::Vocabulary::nko_blank_last();
  BeamOptions options;
  if (state.range(1) == 0) options.min_log_prob = -std::numeric_limits<double>::infinity();
  for (auto _ : state) benchmark::DoNotOptimize(beam_search(log_probs.view(), vocabulary, options));
}
void bm_forward(benchmark::State& state) {
  const LogProbs log_probs = utterance(state.range(0));
  Labels labels = best_text(log_probs);
  labels.resize(std::min<std::size_t>(60, labels.size()));
  for (auto _ : state) benchmark::DoNotOptimize(forward_score(log_probs.view(), labels, kBlank));
}
void bm_align(benchmark::State& state) {
  const LogProbs log_probs = utterance(state.range(0));
  const Labels labels = best_text(log_probs);
  for (auto _ : state) benchmark::DoNotOptimize(align(log_probs.view(), labels, kBlank));
}

BENCHMARK(bm_greedy)->Arg(375)->Arg(750)->Unit(benchmark::kMicrosecond);
BENCHMARK(bm_beam)
    ->Args({375, 1})
    ->Args({750, 1})
    ->Args({375, 0})
    ->ArgNames({"frames", "pruned"})
    ->Unit(benchmark::kMillisecond);
BENCHMARK(bm_forward)->Arg(375)->Arg(750)->Unit(benchmark::kMicrosecond);
BENCHMARK(bm_align)->Arg(375)->Arg(750)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace seben::ctc

BENCHMARK_MAIN();
