// SPDX-License-Identifier: Apache-2.0
// Windows that take their steps together: every bit is that of each alone.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "model/whisper/incremental_decoder.h"
#include "quant/coded_weights.h"
#include "random_decoder.h"
#include "support/errors.h"
#include "support/temp_dir.h"

namespace seben::whisper {
namespace {

using kernels::NarrowForm;
using kernels::Precision;
using quant::KvForm;
using Tokens = std::vector<std::int32_t>;
using Scores = std::vector<float>;

struct Case {
  std::string name;
  Precision precision = Precision::f32;
  DecoderStorage storage = {};
};

std::vector<Case> cases() {
  return {{"f32"},
          {"bf16", Precision::bf16},
          {"int8", Precision::int8},
          {"f16 weights", Precision::f32, {NarrowForm::f16, {}, {}}},
          {"rows read again", Precision::f32, {NarrowForm::reader, {}, {}}},
          {"affine8 caches", Precision::int8, {{}, KvForm::u8, KvForm::u8}},
          {"affine4 and bf16 caches", Precision::f32, {{}, KvForm::u4, KvForm::bf16}}};
}

// A window: its features, how long its prompt is, how many hypotheses it has.
class Window {
 public:
  Window(const IncrementalDecoder& decoder, unsigned seed, std::shared_ptr<PassMemory> memory)
      : decoder_(decoder), random_(seed), cache_(decoder.make_cache(7, std::move(memory))) {
    const DecoderConfig& c = decoder.config();
    decoder.encode(test::random_features(c, seed), c.source_frames, cross_, 1);
    decoder.prompt(some(1 + seed % 5), cache_, cross_, {}, 1);
    choose();
  }

  // What follows: forks, ends and tokens by chance.
  void choose() {
    std::vector<std::int64_t> parents(1 + random_() % 7);
    for (auto& p : parents) p = static_cast<std::int64_t>(random_()) % cache_.rows();
    cache_.reorder(parents);
    tokens_ = some(parents.size());
  }
  [[nodiscard]] StepPart part() { return {cache_, cross_, tokens_}; }
  [[nodiscard]] Scores alone(int threads) {
    Scores out(tokens_.size() * static_cast<std::size_t>(decoder_.config().vocabulary));
    decoder_.step(tokens_, cache_, cross_, out, threads);
    return out;
  }

 private:
  [[nodiscard]] Tokens some(std::size_t count) {
    Tokens out(count);
    for (auto& t : out) t = static_cast<std::int32_t>(random_() % static_cast<unsigned>(decoder_.config().vocabulary));
    return out;
  }

  const IncrementalDecoder& decoder_;
  std::mt19937 random_;
  CrossCache cross_;
  TokenCache cache_;
  Tokens tokens_;
};

void expect_equal_bits(const IncrementalDecoder& decoder, const std::string& name) {
  constexpr unsigned kWindows = 9;
  const auto memory = std::make_shared<PassMemory>();
  std::vector<std::unique_ptr<Window>> together, apart;
  for (unsigned w = 0; w < kWindows; ++w) {
    together.push_back(std::make_unique<Window>(decoder, 40 + w, memory));
    apart.push_back(std::make_unique<Window>(decoder, 40 + w, nullptr));
  }
  std::mt19937 random(2);
  for (int step = 0; step < 16; ++step) {
    std::vector<std::size_t> some;  // windows come and go
    for (std::size_t w = 0; w < kWindows; ++w) {
      if (step == 0 || random() % 3 != 0) some.push_back(w);
    }
    if (some.empty()) some.push_back(3);
    std::ranges::shuffle(some, random);
    std::vector<StepPart> parts;
    Scores expected;
    for (const std::size_t w : some) {
      parts.push_back(together[w]->part());
      const Scores alone = apart[w]->alone(1);
      expected.insert(expected.end(), alone.begin(), alone.end());
    }
    Scores found(expected.size());
    decoder.step(parts, found, 1 + step % 3);
    ASSERT_EQ(std::memcmp(found.data(), expected.data(), expected.size() * sizeof(float)), 0)
        << name << ", step " << step << ", " << some.size() << " windows";
    for (const std::size_t w : some) {
      together[w]->choose();
      apart[w]->choose();
    }
  }
}

TEST(StepsTogether, HaveTheBitsOfEachWindowAlone) {
  const test::MemoryWeights weights = test::random_decoder(test::random_decoder_config());
  for (const Case& c : cases()) {
    expect_equal_bits(IncrementalDecoder::load(weights, test::random_decoder_config(), {c.precision, 1, {}}, c.storage),
                      c.name);
  }
}

TEST(StepsTogether, HaveTheBitsOfEachWindowAloneWithCodedWeights) {
  const test::MemoryWeights weights = test::random_decoder(test::random_decoder_config());
  const test::TempDir dir;
  test::write_coded_decoder(dir / "w4.safetensors", weights);
  const auto file = quant::open_stored_weights(dir / "w4.safetensors");
  for (const Precision precision : {Precision::f32, Precision::int8}) {
    expect_equal_bits(IncrementalDecoder::load(*file, test::random_decoder_config(), {precision, 1, {}}),
                      "w4:g32, " + std::string(to_string(precision)));
  }
}

TEST(StepsTogether, WhatTheyCannotDoIsOneError) {
  const test::MemoryWeights weights = test::random_decoder(test::random_decoder_config());
  const auto decoder = IncrementalDecoder::load(weights, test::random_decoder_config(), {Precision::f32, 1, {}});
  const auto vocabulary = static_cast<std::size_t>(decoder.config().vocabulary);
  Window a(decoder, 1, nullptr), b(decoder, 2, nullptr);
  std::vector<StepPart> parts = {a.part(), b.part()};
  const std::size_t rows = parts[0].tokens.size() + parts[1].tokens.size();
  Scores scores(rows * vocabulary);
  EXPECT_TRUE(test::fails_with(ErrorCategory::internal, "a window", [&] { decoder.step({}, {}, 1); }));
  EXPECT_TRUE(test::fails_with(ErrorCategory::internal, "room for the scores of " + std::to_string(rows),
                               [&] { decoder.step(parts, std::span(scores).first(vocabulary), 1); }));
  const Tokens outside(parts[1].tokens.size(), static_cast<std::int32_t>(vocabulary));
  std::vector<StepPart> odd = {a.part(), {parts[1].cache, parts[1].cross, outside}};
  EXPECT_TRUE(test::fails_with(ErrorCategory::bad_data, "token", [&] { decoder.step(odd, scores, 1); }));
  decoder.step(parts, scores, 1);  // and nothing was spoiled
}

}  // namespace
}  // namespace seben::whisper
