// SPDX-License-Identifier: Apache-2.0
// Correction of one hypothesis of 60 labels over 66 classes with a map of some 500 confusions: 120 candidates, their
// exact scores, features and probabilities. "copy" decides for none of them, "edit" takes one and aligns it.
#include <benchmark/benchmark.h>

#include <random>
#include <string>

#include "correct/corrector.h"
#include "text/nko/utf8.h"

namespace seben::correction {
namespace {

constexpr std::int64_t kClasses = 66, kBlank = 65;
constexpr std::size_t kLabels = 60;

// As a trained head speaks: sure of 60 symbols of one to three frames, a third of them with a serious rival, blanks
// between. Syllables of a consonant and a vowel, a space after every three.
ctc::LogProbs utterance(std::int64_t frames) {
  std::mt19937 random(3);
  std::normal_distribution<float> normal(0.0F, 1.0F);
  ctc::LogProbs out{std::vector<float>(static_cast<std::size_t>(frames * kClasses)), frames, kClasses};
  for (float& x : out.values) x = normal(random);
  std::vector<std::int64_t> best(static_cast<std::size_t>(frames), kBlank);
  for (std::size_t i = 0; i < kLabels; ++i) {
    const std::size_t first = i * best.size() / kLabels, wide = 1 + random() % 3;
    const auto consonant = static_cast<std::int64_t>(19 + i * 7 % 20), vowel = static_cast<std::int64_t>(10 + i % 7);
    const std::int64_t label = i % 7 == 6 ? 64 : i % 7 % 2 == 0 ? consonant : vowel;
    for (std::size_t t = first; t < first + wide; ++t) best[t] = label;
    if (random() % 3 == 0) out.values[first * kClasses + 10 + random() % 40] += 9.5F;
  }
  for (std::size_t t = 0; t < best.size(); ++t) out.values[t * kClasses + static_cast<std::size_t>(best[t])] += 10.0F;
  ctc::log_softmax_masked(out.values, frames, nko::Vocabulary::nko_blank_last());
  return out;
}

// Every letter and mark goes, becomes each of its seven neighbours, or comes; each in 20 contexts.
ConfusionMaps maps(const nko::Vocabulary& vocabulary) {
  std::mt19937 random(5);
  ConfusionMaps out;
  const auto add = [&](EditKind kind, const std::string& from, const std::string& to) {
    Confusion c{kind, from, to, static_cast<std::int64_t>(3 + random() % 200), 1000, {}};
    for (std::int64_t k = 0; k < 20; ++k) {
      const auto at = static_cast<std::int64_t>(random() % 60);
      c.contexts.push_back({vocabulary.text(10 + (at + k) % 48), vocabulary.text(10 + (at + 2 * k) % 48), 2, 5});
    }
    out.confusions.push_back(std::move(c));
  };
  for (std::int64_t from = 10; from < 58; ++from) {
    add(EditKind::deletion, vocabulary.text(from), "");
    add(EditKind::insertion, "", vocabulary.text(from));
    for (std::int64_t k = 1; k < 9; ++k) {
      add(EditKind::substitution, vocabulary.text(from), vocabulary.text(10 + (from - 10 + 5 * k) % 48));
    }
  }
  return out;
}

Ranker ranker(double threshold) {
  Ranker out;
  double x = 0.3;
  for (const auto name : feature_names()) out.features.push_back({std::string(name), x, 1.0 + x, x *= -0.9});
  out.thresholds.fill(threshold);
  out.confusions = maps(nko::Vocabulary::nko_blank_last());
  return out;
}

void correct(benchmark::State& state, double threshold) {
  const Corrector corrector(ranker(threshold), nko::Vocabulary::nko_blank_last());
  const ctc::LogProbs log_probs = utterance(state.range(0));
  const auto symbols = ctc::greedy(log_probs.view(), kBlank).symbols;
  Proposals memory;
  Correction last;
  for (auto _ : state) {
    last = corrector.correct(log_probs.view(), symbols, {}, memory);
    benchmark::DoNotOptimize(last.symbols.data());
  }
  state.counters["symbols"] = static_cast<double>(symbols.size());
  state.counters["confusions"] = static_cast<double>(corrector.ranker().confusions.confusions.size());
  state.counters["candidates"] = static_cast<double>(last.candidates);
  state.counters["edits"] = static_cast<double>(last.edits.size());
  state.counters["slow"] = static_cast<double>(memory.scorer.slow_scores());
}
void bm_copy(benchmark::State& state) { correct(state, 2.0); }
void bm_edit(benchmark::State& state) { correct(state, 0.0); }

// The parts of it.
struct Case {
  explicit Case(std::int64_t frames) : log_probs(utterance(frames)) {
    symbols = ctc::greedy(log_probs.view(), kBlank).symbols;
    for (const ctc::Symbol& s : symbols) labels.push_back(s.label);
    generate(labels, table, neighbours, {}, memory, candidates);
    for (const Candidate& c : candidates) edits.push_back(c.edit);
    scorer.prepare(log_probs.view(), labels, kBlank);
    scores = scorer.scores(edits);
  }
  nko::Vocabulary vocabulary = nko::Vocabulary::nko_blank_last();
  ConfusionTable table{maps(vocabulary), vocabulary};
  Neighbours neighbours{vocabulary};
  ctc::LogProbs log_probs;
  std::vector<ctc::Symbol> symbols;
  ctc::Labels labels;
  GenerateMemory memory;
  std::vector<Candidate> candidates;
  std::vector<ctc::LabelEdit> edits;
  ctc::EditScorer scorer;
  std::vector<double> scores;
};
void bm_generate(benchmark::State& state) {
  Case c(state.range(0));
  for (auto _ : state) {
    generate(c.labels, c.table, c.neighbours, {}, c.memory, c.candidates);
    benchmark::DoNotOptimize(c.candidates.data());
  }
  state.counters["found"] = static_cast<double>(c.memory.found.size());
}
void bm_score(benchmark::State& state) {
  Case c(state.range(0));
  for (auto _ : state) {
    c.scorer.prepare(c.log_probs.view(), c.labels, kBlank);
    c.scorer.scores(c.edits, c.scores);
    benchmark::DoNotOptimize(c.scores.data());
  }
}
void bm_features(benchmark::State& state) {
  const Case c(state.range(0));
  const FeatureExtractor extractor(c.vocabulary, nullptr);
  std::vector<FeatureVector> out;
  for (auto _ : state) {
    extractor.compute({c.log_probs.view(), c.symbols, c.candidates, c.scores}, out);
    benchmark::DoNotOptimize(out.data());
  }
}
void bm_probability(benchmark::State& state) {
  const Ranker model = ranker(0.5);
  std::mt19937 random(7);
  std::vector<FeatureVector> vectors(128);
  for (auto& v : vectors) {
    for (double& x : v) x = static_cast<double>(random() % 1000) / 250.0 - 2.0;
  }
  std::size_t i = 0;
  for (auto _ : state) benchmark::DoNotOptimize(model.probability(vectors[i++ % vectors.size()]));
}

void both(benchmark::internal::Benchmark* b) {
  b->Arg(375)->Arg(750)->ArgName("frames")->Unit(benchmark::kMicrosecond);
}
BENCHMARK(bm_copy)->Apply(both);
BENCHMARK(bm_edit)->Apply(both);
BENCHMARK(bm_generate)->Apply(both);
BENCHMARK(bm_score)->Apply(both);
BENCHMARK(bm_features)->Apply(both);
BENCHMARK(bm_probability)->Unit(benchmark::kNanosecond);

}  // namespace
}  // namespace seben::correction

BENCHMARK_MAIN();
