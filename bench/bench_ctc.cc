// SPDX-License-Identifier: Apache-2.0
// Decoders on one 30 s window at 12.5 and 25 frames a second, 66 classes, as peaked as a trained head's output.
#include <benchmark/benchmark.h>

#include <cmath>
#include <random>

#include "decode/ctc/align.h"
#include "decode/ctc/beam.h"
#include "decode/ctc/forward.h"
#include "decode/ctc/greedy.h"
#include "decode/ctc/text_align.h"
#include "fit/kneser_ney.h"

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

// An hour at 12.5 frames a second against the words that it says.
void bm_align_text(benchmark::State& state) {
  const LogProbs log_probs = utterance(45'000);
  const std::int64_t space = nko::Vocabulary::nko_blank_last().space();
  std::vector<Labels> words(1);
  for (const std::int64_t label : best_text(log_probs)) {
    if (label != space) words.back().push_back(label);
    if (!words.back().empty() && (label == space || words.back().size() == 6)) words.emplace_back();
  }
  if (words.back().empty()) words.pop_back();
  TextAlignOptions options;
  options.reach = static_cast<std::size_t>(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(align_text(log_probs.view(), words, kBlank, space, options));
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
// A model as large as one of real text (about 180,000 n-grams of order 5): invented words of 40 letters.
lm::NgramModel language_model() {
  std::mt19937 random(5);
  std::vector<std::u32string> words(3000), sentences(20'000);
  for (std::u32string& word : words) {
    for (std::size_t n = 2 + random() % 7; n > 0; --n) word += static_cast<char32_t>(0x07CA + random() % 40);
  }
  for (std::u32string& sentence : sentences) {
    for (std::size_t n = 2 + random() % 7; n > 0; --n) {
      const std::u32string& word = words[random() % (1 + random() % words.size())];
      sentence += (sentence.empty() ? U"" : U" ") + word;
    }
  }
  return lm::train(sentences, {5, 1}).model;
}
void bm_beam_with_model(benchmark::State& state) {
  const LogProbs log_probs = utterance(state.range(0));
  const nko::Vocabulary vocabulary = nko::Vocabulary::nko_blank_last();
  static const lm::NgramModel model = language_model();
  BeamOptions options;
  options.model = &model;
  for (auto _ : state) benchmark::DoNotOptimize(beam_search(log_probs.view(), vocabulary, options));
  for (int n = 1; n <= model.order(); ++n) state.counters["ngrams"] += static_cast<double>(model.size(n));
}
void bm_model_score(benchmark::State& state) {
  const lm::NgramModel model = language_model();
  std::mt19937 random(6);
  std::vector<lm::NgramModel::Token> tokens(4096);
  for (auto& token : tokens) token = static_cast<lm::NgramModel::Token>(3 + random() % 41);
  for (auto _ : state) {
    auto at = model.start();
    double sum = 0.0;
    for (const auto token : tokens) sum += model.score(at, token);
    benchmark::DoNotOptimize(sum);
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(tokens.size()));
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
BENCHMARK(bm_beam_with_model)->Arg(375)->Arg(750)->ArgName("frames")->Unit(benchmark::kMillisecond);
BENCHMARK(bm_model_score)->Unit(benchmark::kMicrosecond);
BENCHMARK(bm_forward)->Arg(375)->Arg(750)->Unit(benchmark::kMicrosecond);
BENCHMARK(bm_align_text)->Arg(120)->Arg(400)->ArgName("reach")->Unit(benchmark::kMillisecond);
BENCHMARK(bm_align)->Arg(375)->Arg(750)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace seben::ctc

BENCHMARK_MAIN();
