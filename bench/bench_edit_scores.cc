// SPDX-License-Identifier: Apache-2.0
// Scores of 120 edits of one hypothesis of 60 labels, 66 classes, beside 120 forward passes over the same texts.
#include <benchmark/benchmark.h>

#include <random>

#include "correct/edit_ops.h"
#include "correct/edit_scores.h"
#include "decode/ctc/align.h"
#include "decode/ctc/forward.h"
#include "decode/ctc/greedy.h"

namespace seben::ctc {
namespace {

constexpr std::int64_t kClasses = 66, kBlank = 65;
constexpr std::size_t kLabels = 60, kEdits = 120;

// As a trained head speaks: sure of 60 letters of one to three frames, a third of them with a serious rival, blanks
// between.
LogProbs utterance(std::int64_t frames) {
  std::mt19937 random(3);
  std::normal_distribution<float> normal(0.0F, 1.0F);
  LogProbs out{std::vector<float>(static_cast<std::size_t>(frames * kClasses)), frames, kClasses};
  for (float& x : out.values) x = normal(random);
  std::vector<std::int64_t> best(static_cast<std::size_t>(frames), kBlank);
  for (std::size_t i = 0; i < kLabels; ++i) {
    const std::size_t first = i * best.size() / kLabels, wide = 1 + random() % 3;
    for (std::size_t t = first; t < first + wide; ++t) best[t] = static_cast<std::int64_t>(i * 7 % 59);
    if (random() % 3 == 0) out.values[first * kClasses + random() % 59] += 9.5F;
  }
  for (std::size_t t = 0; t < best.size(); ++t) out.values[t * kClasses + static_cast<std::size_t>(best[t])] += 10.0F;
  log_softmax_masked(out.values, frames, nko::Vocabulary::nko_blank_last());
  return out;
}

struct Case {
  explicit Case(std::int64_t frames) : log_probs(utterance(frames)) {
    for (const Symbol& s : greedy(log_probs.view(), kBlank).symbols) labels.push_back(s.label);
    labels.resize(kLabels, 1);
    std::mt19937 random(5);
    for (std::size_t i = 0; i < kEdits; ++i) {
      const auto position = static_cast<std::int64_t>(random() % kLabels),
                 label = static_cast<std::int64_t>(random() % 59);
      switch (i % 4) {
        case 0: edits.push_back({position, 1, -1}); break;
        case 1: edits.push_back({position, 0, label}); break;
        default: edits.push_back({position, 1, label});
      }
    }
  }
  LogProbs log_probs;
  Labels labels;
  std::vector<LabelEdit> edits;
};

void bm_edits(benchmark::State& state, base::Isa isa) {
  if (isa > base::best_isa()) {
    state.SkipWithError("not on this processor");
    return;
  }
  const Case c(state.range(0));
  EditScorer scorer(edit_ops(isa));
  std::vector<double> scores(c.edits.size());
  for (auto _ : state) {
    scorer.prepare(c.log_probs.view(), c.labels, kBlank);
    scorer.scores(c.edits, scores);
    benchmark::DoNotOptimize(scores.data());
  }
  state.counters["slow"] = static_cast<double>(scorer.slow_scores());
}
void bm_prepare(benchmark::State& state, base::Isa isa) {
  if (isa > base::best_isa()) {
    state.SkipWithError("not on this processor");
    return;
  }
  const Case c(state.range(0));
  EditScorer scorer(edit_ops(isa));
  for (auto _ : state) {
    scorer.prepare(c.log_probs.view(), c.labels, kBlank);
    benchmark::DoNotOptimize(scorer.score());
  }
}
void bm_forward_passes(benchmark::State& state) {
  const Case c(state.range(0));
  std::vector<Labels> texts;
  for (const LabelEdit& edit : c.edits) texts.push_back(ctc::apply(c.labels, edit));
  for (auto _ : state) benchmark::DoNotOptimize(forward_scores(c.log_probs.view(), texts, kBlank));
}
void bm_forward_pass(benchmark::State& state) {
  const Case c(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(forward_score(c.log_probs.view(), c.labels, kBlank));
}
void bm_align(benchmark::State& state) {
  const Case c(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(align(c.log_probs.view(), c.labels, kBlank));
}

void both(benchmark::internal::Benchmark* b) {
  b->Arg(375)->Arg(750)->ArgName("frames")->Unit(benchmark::kMicrosecond);
}
BENCHMARK_CAPTURE(bm_edits, plain, base::Isa::plain)->Apply(both);
BENCHMARK_CAPTURE(bm_edits, avx2, base::Isa::avx2)->Apply(both);
BENCHMARK_CAPTURE(bm_edits, avx512, base::Isa::avx512)->Apply(both);
BENCHMARK_CAPTURE(bm_prepare, plain, base::Isa::plain)->Apply(both);
BENCHMARK_CAPTURE(bm_prepare, avx512, base::Isa::avx512)->Apply(both);
BENCHMARK(bm_forward_passes)->Apply(both);
BENCHMARK(bm_forward_pass)->Apply(both);
BENCHMARK(bm_align)->Apply(both);

}  // namespace
}  // namespace seben::ctc

BENCHMARK_MAIN();
