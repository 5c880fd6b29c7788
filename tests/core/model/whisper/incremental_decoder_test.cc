// SPDX-License-Identifier: Apache-2.0
// The decoder that keeps what it knows, against the plain one and Hugging Face's (tools/fixtures/decoder_fixtures.py).
#include "model/whisper/incremental_decoder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <limits>

#include "formats/safetensors.h"
#include "plain_decoder.h"
#include "support/errors.h"
#include "support/memory_weights.h"

namespace seben::whisper {
namespace {

using kernels::Precision;
using Tokens = std::vector<std::int32_t>;
using Scores = std::vector<float>;

std::string folder() { return std::string(SEBEN_SOURCE_DIR) + "/tests/fixtures/whisper/decoder/"; }

double distance(std::span<const float> a, std::span<const float> b) {
  double most = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) most = std::max(most, std::abs(static_cast<double>(a[i] - b[i])));
  return most;
}

class Incremental : public testing::Test {
 protected:
  Incremental()
      : file_(tensor::SafetensorsFile::open(folder() + "model.safetensors")),
        reference_(tensor::SafetensorsFile::open(folder() + "reference.safetensors")),
        config_(DecoderConfig::load(folder() + "config.json")),
        features_(tensor::to_float(reference_.require("features"))) {}

  [[nodiscard]] IncrementalDecoder load(Precision precision = Precision::f32) const {
    return IncrementalDecoder::load(file_, config_, {precision, 1, {}});
  }
  [[nodiscard]] CrossCache encode(const IncrementalDecoder& d, int threads = 2) const {
    CrossCache cross;
    d.encode(features_, config_.source_frames, cross, threads);
    return cross;
  }
  // The scores after all tokens, by the plain decoder.
  [[nodiscard]] Scores plain(const Tokens& tokens) const {
    const test::PlainDecoder d = test::PlainDecoder::load(file_, config_);
    test::TokenMemory memory = d.start();
    Scores logits(static_cast<std::size_t>(config_.vocabulary));
    d.step(tokens, memory, d.remember(features_, config_.source_frames, 1), logits, 1);
    return logits;
  }
  static Scores prompt(const IncrementalDecoder& d, const Tokens& tokens, TokenCache& cache, const CrossCache& cross,
                       int threads = 2) {
    Scores out;
    const std::int64_t last = static_cast<std::int64_t>(tokens.size()) - 1;
    PromptRequest request;
    request.rows = {&last, 1};
    request.logits = [&](std::int64_t, std::span<float> logits) { out.assign(logits.begin(), logits.end()); };
    d.prompt(tokens, cache, cross, request, threads);
    return out;
  }

  tensor::SafetensorsFile file_, reference_;
  DecoderConfig config_;
  std::vector<float> features_;
};

TEST_F(Incremental, PromptAndStepsAgreeWithHuggingFace) {
  const tensor::TensorView& view = reference_.require("tokens");
  Tokens tokens(static_cast<std::size_t>(view.elements()));
  std::memcpy(tokens.data(), view.data, view.bytes());
  const Scores expected = tensor::to_float(reference_.require("logits"));
  const auto vocabulary = static_cast<std::size_t>(config_.vocabulary);
  for (const auto& [precision, bound] :
       {std::pair{Precision::f32, 2e-4}, {Precision::bf16, 0.2}, {Precision::int8, 0.5}}) {
    const IncrementalDecoder decoder = load(precision);
    const CrossCache cross = encode(decoder);
    TokenCache cache = decoder.make_cache(1);
    Scores logits = prompt(decoder, {tokens.begin(), tokens.begin() + 4}, cache, cross);
    for (std::size_t step = 0; step < 12; ++step) {
      if (step > 0) decoder.step({&tokens[3 + step], 1}, cache, cross, logits, 2);
      EXPECT_LT(distance(logits, std::span(expected).subspan(step * vocabulary, vocabulary)), bound)
          << to_string(precision) << " step " << step;
    }
  }
}

TEST_F(Incremental, CachesInF32AreReadAsTheyWereWritten) {
  const IncrementalDecoder decoder = load();
  const CrossCache cross = encode(decoder);
  const test::CrossMemory expected =
      test::PlainDecoder::load(file_, config_).remember(features_, config_.source_frames, 1);
  for (std::size_t layer = 0; layer < expected.keys.size(); ++layer) {
    const auto [keys, values] = cross.rows(layer);
    EXPECT_LT(distance(keys, expected.keys[layer]), 1e-5);
    EXPECT_LT(distance(values, expected.values[layer]), 1e-5);
  }
  const CrossCache coded = encode(load(Precision::bf16));
  EXPECT_TRUE(test::fails_with(ErrorCategory::internal, "f32", [&] { (void)coded.rows(0); }));
}

TEST_F(Incremental, HypothesesForkAndEndWithoutDisturbingEachOther) {
  const IncrementalDecoder decoder = load();
  const CrossCache cross = encode(decoder);
  TokenCache cache = decoder.make_cache(4);
  std::vector<Tokens> texts = {{1, 7, 33}};
  prompt(decoder, texts[0], cache, cross);
  std::mt19937 random(3);
  const auto vocabulary = static_cast<std::size_t>(config_.vocabulary);
  for (int step = 0; step < 20; ++step) {
    std::vector<std::int64_t> parents(1 + random() % 4);
    for (auto& parent : parents) parent = static_cast<std::int64_t>(random() % texts.size());
    cache.reorder(parents);
    std::vector<Tokens> next;
    Tokens tokens;
    for (const auto parent : parents) {
      next.push_back(texts[static_cast<std::size_t>(parent)]);
      tokens.push_back(static_cast<std::int32_t>(random() % vocabulary));
      next.back().push_back(tokens.back());
    }
    texts = next;
    Scores logits(texts.size() * vocabulary);
    decoder.step(tokens, cache, cross, logits, 1 + step % 2);
    for (std::size_t r = 0; r < texts.size(); ++r) {
      EXPECT_LT(distance(plain(texts[r]), std::span(logits).subspan(r * vocabulary, vocabulary)), 1e-3);
    }
  }
}

TEST_F(Incremental, ThreadsDoNotChangeBits) {
  const IncrementalDecoder decoder = load(Precision::bf16);
  Scores first;
  for (const int threads : {1, 2, 3}) {
    const CrossCache cross = encode(decoder, threads);
    TokenCache cache = decoder.make_cache(1);
    const Scores scores = prompt(decoder, {1, 7, 33, 60, 4}, cache, cross, threads);
    if (first.empty()) first = scores;
    EXPECT_EQ(scores, first);
  }
}

TEST_F(Incremental, WeightsOfHeadsSumToOneAndDoNotDependOnBlocks) {
  const IncrementalDecoder decoder = load();
  const CrossCache cross = encode(decoder);
  const Tokens tokens = {1, 7, 33, 60, 4, 5, 6, 9, 11, 12, 3};
  const std::vector<AlignmentHead> heads = {{1, 1}, {0, 0}};
  const auto frames = static_cast<std::size_t>(config_.source_frames);
  std::vector<float> weights(heads.size() * tokens.size() * frames);
  TokenCache cache = decoder.make_cache(1);
  PromptRequest request;
  request.heads = heads;
  request.weights = weights;
  decoder.prompt(tokens, cache, cross, request, 2);
  for (std::size_t row = 0; row < heads.size() * tokens.size(); ++row) {
    float sum = 0.0F;
    for (std::size_t f = 0; f < frames; ++f) sum += weights[row * frames + f];
    EXPECT_NEAR(sum, 1.0F, 1e-5F);
  }
  cache.truncate(5);
  std::vector<float> one(heads.size() * frames);
  request.weights = one;
  decoder.prompt(std::span(tokens).subspan(5, 1), cache, cross, request, 1);
  for (std::size_t h = 0; h < heads.size(); ++h) {
    EXPECT_LT(distance(std::span(one).subspan(h * frames, frames),
                       std::span(weights).subspan((h * tokens.size() + 5) * frames, frames)),
              1e-6);
  }
}

TEST_F(Incremental, WhatItCannotDoIsOneError) {
  const IncrementalDecoder decoder = load();
  const CrossCache cross = encode(decoder);
  TokenCache cache = decoder.make_cache(2);
  EXPECT_TRUE(test::is_bad_data("decoder: token", [&] { prompt(decoder, {1, 61}, cache, cross); }));
  EXPECT_EQ(cache.length(), 0);
  EXPECT_TRUE(test::is_bad_data("1..32 in all, found 33", [&] { prompt(decoder, Tokens(33, 1), cache, cross); }));
  prompt(decoder, Tokens(32, 1), cache, cross);
  Scores logits(static_cast<std::size_t>(config_.vocabulary));
  const std::int32_t one = 1;
  EXPECT_TRUE(test::is_bad_data("found 33", [&] { decoder.step({&one, 1}, cache, cross, logits, 1); }));
  const std::vector<std::int64_t> parents = {0, 1};
  EXPECT_TRUE(test::fails_with(ErrorCategory::internal, "reorder", [&] { cache.reorder(parents); }));
  EXPECT_TRUE(test::fails_with(ErrorCategory::usage, "1..64", [&] { (void)decoder.make_cache(65); }));
}

// By hand: tools/oracles/decoder_parity.py.
TEST(IncrementalDecoder, LargeModelAgreesWithHuggingFace) {
  const char* at = std::getenv("SEBEN_DECODER_PARITY");
  if (at == nullptr) GTEST_SKIP() << "SEBEN_DECODER_PARITY names no folder";
  const std::string where = std::string(at) + "/";
  const auto file = tensor::SafetensorsFile::open(where + "model.safetensors");
  const auto reference = tensor::SafetensorsFile::open(where + "reference.safetensors");
  const DecoderConfig config = DecoderConfig::load(where + "config.json");
  const Scores expected = tensor::to_float(reference.require("logits"));
  const std::vector<float> features = tensor::to_float(reference.require("features"));
  Tokens tokens(static_cast<std::size_t>(reference.require("tokens").elements()));
  std::memcpy(tokens.data(), reference.require("tokens").data, 4 * tokens.size());
  const auto vocabulary = static_cast<std::size_t>(config.vocabulary);
  for (const Precision precision : {Precision::f32, Precision::bf16, Precision::int8}) {
    const auto decoder = IncrementalDecoder::load(file, config, {precision, 1, {}});
    CrossCache cross;
    decoder.encode(features, config.source_frames, cross, 1);
    TokenCache cache = decoder.make_cache(1);
    decoder.prompt({tokens.data(), 4}, cache, cross, {}, 1);
    Scores logits(vocabulary);
    double most = 0.0;
    for (std::size_t i = 4; i < tokens.size(); ++i) {
      decoder.step({&tokens[i], 1}, cache, cross, logits, 1);
      most = std::max(most, distance(logits, std::span(expected).subspan(i * vocabulary, vocabulary)));
    }
    std::cout << to_string(precision) << ": largest difference " << most << "\n";
    EXPECT_LT(most, precision == Precision::f32 ? 2e-3 : 1.0);
  }
}

TEST_F(Incremental, SpoiledWeightsAreNamed) {
  test::MemoryWeights weights(file_);
  weights.values("model.decoder.layers.1.fc2.weight")[7] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_TRUE(test::is_bad_data("layers.1.fc2.weight", [&] { (void)IncrementalDecoder::load(weights, config_, {}); }));
}

}  // namespace
}  // namespace seben::whisper
