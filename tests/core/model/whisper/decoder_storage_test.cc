// SPDX-License-Identifier: Apache-2.0
// The decoder with weights and caches held in fewer bits.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <thread>

#include "base/float16.h"
#include "formats/safetensors.h"
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
using Scores = std::vector<float>;

constexpr int kSteps = 24;

struct Outcome {
  Scores logits;  // of all steps
  std::size_t cross_bytes = 0, token_bytes = 0;
};

// A prompt of five tokens, then steps of three hypotheses that fork, with given tokens.
Outcome run(const IncrementalDecoder& decoder, int threads) {
  const DecoderConfig& c = decoder.config();
  CrossCache cross;
  decoder.encode(test::random_features(c), c.source_frames, cross, threads);
  TokenCache cache = decoder.make_cache(3);
  const std::vector<std::int32_t> prompt = {1, 20, 3, 44, 5};
  decoder.prompt(prompt, cache, cross, {}, threads);
  Outcome out;
  std::mt19937 random(9);
  cache.reorder(std::vector<std::int64_t>{0, 0, 0});
  Scores logits(static_cast<std::size_t>(3 * c.vocabulary));
  for (int i = 0; i < kSteps; ++i) {
    std::vector<std::int32_t> tokens(3);
    for (auto& t : tokens) t = static_cast<std::int32_t>(random() % static_cast<unsigned>(c.vocabulary));
    decoder.step(tokens, cache, cross, logits, threads);
    out.logits.insert(out.logits.end(), logits.begin(), logits.end());
    std::vector<std::int64_t> parents(3);
    for (auto& p : parents) p = static_cast<std::int64_t>(random() % 3);
    cache.reorder(parents);
  }
  out.cross_bytes = cross.bytes();
  out.token_bytes = cache.bytes();
  return out;
}

IncrementalDecoder load(const tensor::WeightFile& file, Precision precision, const DecoderStorage& storage = {}) {
  return IncrementalDecoder::load(file, test::random_decoder_config(), {precision, 1, {}}, storage);
}

double relative_error(const Scores& exact, const Scores& found) {
  double error = 0.0, norm = 0.0;
  for (std::size_t i = 0; i < exact.size(); ++i) {
    error += std::pow(static_cast<double>(exact[i] - found[i]), 2);
    norm += std::pow(static_cast<double>(exact[i]), 2);
  }
  return std::sqrt(error / norm);
}

// Rows whose best token is another one, among those whose best leads by more than `margin`.
std::pair<int, int> other_tokens(const Scores& exact, const Scores& found, float margin) {
  const auto vocabulary = static_cast<std::size_t>(test::random_decoder_config().vocabulary);
  int rows = 0, others = 0;
  for (std::size_t at = 0; at < exact.size(); at += vocabulary) {
    Scores row(exact.begin() + static_cast<std::ptrdiff_t>(at),
               exact.begin() + static_cast<std::ptrdiff_t>(at + vocabulary));
    const auto best = std::ranges::max_element(row) - row.begin();
    const auto there = std::ranges::max_element(found.begin() + static_cast<std::ptrdiff_t>(at),
                                                found.begin() + static_cast<std::ptrdiff_t>(at + vocabulary)) -
                       found.begin() - static_cast<std::ptrdiff_t>(at);
    std::ranges::nth_element(row, row.begin() + 1, std::greater<>{});
    if (row[0] - row[1] <= margin) continue;
    ++rows;
    others += best != there ? 1 : 0;
  }
  return {rows, others};
}

TEST(DecoderStorage, HalvesOfAFileStayHalvesAndChangeNoBit) {
  test::MemoryWeights weights = test::random_decoder(test::random_decoder_config());
  for (const std::string& name : weights.names()) {
    for (float& v : weights.values(name)) v = base::f16_to_f32(base::f32_to_f16(v));
  }
  const test::TempDir dir;
  std::vector<tensor::TensorSpec> specs;
  for (const std::string& name : weights.names())
    specs.push_back({name, tensor::DType::f16, weights.require(name).shape});
  tensor::SafetensorsWriter writer(dir / "half.safetensors", specs, {});
  for (const std::string& name : weights.names()) {
    std::vector<std::uint16_t> halves;
    for (const float v : weights.values(name)) halves.push_back(base::f32_to_f16(v));
    writer.append(std::as_bytes(std::span(halves)));
  }
  writer.commit();
  const auto file = tensor::SafetensorsFile::open(dir / "half.safetensors");
  const auto plain = load(weights, Precision::f32), half = load(file, Precision::f32);
  EXPECT_LT(half.weight_bytes(), plain.weight_bytes() * 2 / 3);
  EXPECT_EQ(run(half, 2).logits, run(plain, 1).logits);
  const DecoderStorage wide{.weights = NarrowForm::f32};
  EXPECT_EQ(load(file, Precision::f32, wide).weight_bytes(), plain.weight_bytes());
}

TEST(DecoderStorage, CodedWeightsStayCodedAndChangeNoBit) {
  const test::MemoryWeights weights = test::random_decoder(test::random_decoder_config());
  const test::TempDir dir;
  test::write_coded_decoder(dir / "w4.safetensors", weights);
  const auto file = quant::open_stored_weights(dir / "w4.safetensors");
  const test::MemoryWeights restored(*file);
  const Scores expected = run(load(restored, Precision::f32), 1).logits;
  const auto streamed = load(*file, Precision::f32);
  EXPECT_EQ(run(streamed, 2).logits, expected);
  EXPECT_LT(streamed.weight_bytes(), load(restored, Precision::f32).weight_bytes() / 2);
  EXPECT_EQ(run(load(*file, Precision::f32, {.weights = NarrowForm::f32}), 1).logits, expected);
  EXPECT_EQ(run(load(*file, Precision::int8), 1).logits, run(load(restored, Precision::int8), 1).logits);
}

TEST(DecoderStorage, CachesInFewerBitsCostLittle) {
  const test::MemoryWeights weights = test::random_decoder(test::random_decoder_config());
  const Outcome exact = run(load(weights, Precision::f32), 1);
  struct Row {
    DecoderStorage storage;
    double error, memory;
    float margin;
  };
  const std::vector<Row> rows = {
      {{.cross = KvForm::bf16}, 0.005, 0.5, 0.2F}, {{.cross = KvForm::u8}, 0.005, 0.2813, 0.2F},
      {{.cross = KvForm::u4}, 0.08, 0.1563, 2.0F}, {{.tokens = KvForm::bf16}, 0.01, 1.0, 0.2F},
      {{.tokens = KvForm::u8}, 0.02, 1.0, 0.4F},   {{.cross = KvForm::u8, .tokens = KvForm::u8}, 0.02, 0.2813, 0.4F},
  };
  for (const Row& row : rows) {
    const Outcome found = run(load(weights, Precision::f32, row.storage), 1);
    const std::string name = std::string(quant::to_string(row.storage.cross.value_or(KvForm::f32))) + " " +
                             std::string(quant::to_string(row.storage.tokens.value_or(KvForm::f32)));
    const double error = relative_error(exact.logits, found.logits);
    RecordProperty(name, std::to_string(error));
    EXPECT_LT(error, row.error) << name;
    EXPECT_GT(error, 0.0) << name;
    const auto [count, others] = other_tokens(exact.logits, found.logits, row.margin);
    EXPECT_GT(count, 10) << name;  // of 72
    EXPECT_EQ(others, 0) << name;
    EXPECT_NEAR(static_cast<double>(found.cross_bytes), row.memory * static_cast<double>(exact.cross_bytes),
                0.001 * static_cast<double>(exact.cross_bytes));
    EXPECT_EQ(found.token_bytes < exact.token_bytes, row.storage.tokens.has_value());
  }
}

TEST(DecoderStorage, WhatAllKeysHaveInCommonCostsNoBits) {
  // A feature that is large in every frame makes channels of the keys large; the codes are of what differs.
  const test::MemoryWeights weights = test::random_decoder(test::random_decoder_config());
  const DecoderConfig c = test::random_decoder_config();
  std::vector<float> features = test::random_features(c);
  for (std::size_t at = 3; at < features.size(); at += static_cast<std::size_t>(c.d_model)) features[at] += 300.0F;
  const auto scores = [&](const DecoderStorage& storage) {
    const auto decoder = load(weights, Precision::f32, storage);
    CrossCache cross;
    decoder.encode(features, c.source_frames, cross, 2);
    TokenCache cache = decoder.make_cache(1);
    Scores logits(static_cast<std::size_t>(c.vocabulary));
    const std::int32_t token = 17;
    decoder.step({&token, 1}, cache, cross, logits, 2);
    return logits;
  };
  const Scores exact = scores({});
  EXPECT_LT(relative_error(exact, scores({.cross = KvForm::u8})), 0.01);
}

TEST(DecoderStorage, ThreadsDoNotChangeBits) {
  const test::MemoryWeights weights = test::random_decoder(test::random_decoder_config());
  for (const Precision precision : {Precision::f32, Precision::bf16, Precision::int8}) {
    for (const DecoderStorage& storage : std::vector<DecoderStorage>{
             {}, {.cross = KvForm::u8, .tokens = KvForm::u8}, {.weights = NarrowForm::f16, .cross = KvForm::u4}}) {
      const auto decoder = load(weights, precision, storage);
      const Scores expected = run(decoder, 1).logits;
      for (const int threads : {2, 3, 7}) EXPECT_EQ(run(decoder, threads).logits, expected) << threads;
    }
  }
}

TEST(DecoderStorage, ThreadsShareADecoder) {
  const test::MemoryWeights weights = test::random_decoder(test::random_decoder_config());
  const auto decoder = load(weights, Precision::f32), other = load(weights, Precision::int8);
  const Scores expected = run(decoder, 1).logits, expected_other = run(other, 1).logits;
  std::vector<Scores> found(4);
  std::vector<std::thread> callers;
  for (std::size_t i = 0; i < found.size(); ++i) {
    callers.emplace_back([&, i] { found[i] = run(i == 3 ? other : decoder, 2).logits; });
  }
  for (auto& caller : callers) caller.join();
  for (std::size_t i = 0; i < found.size(); ++i) EXPECT_EQ(found[i], i == 3 ? expected_other : expected);
}

TEST(DecoderStorage, WhatTheHeadsCannotHaveIsAnErrorOnLoading) {
  DecoderConfig config = test::random_decoder_config();
  config.heads = 16;
  const test::MemoryWeights weights = test::random_decoder(config);
  const auto load_with = [&](const DecoderStorage& storage) {
    return [&weights, &config, storage] { (void)IncrementalDecoder::load(weights, config, {}, storage); };
  };
  EXPECT_TRUE(test::fails_with(ErrorCategory::usage, "affine4: expected heads", load_with({.cross = KvForm::u4})));
  EXPECT_TRUE(test::fails_with(ErrorCategory::usage, "affine8: expected heads", load_with({.tokens = KvForm::u8})));
  EXPECT_TRUE(test::fails_with(ErrorCategory::usage, "cache of tokens: expected f32, bf16 or affine8, found affine4",
                               load_with({.tokens = KvForm::u4})));
}

TEST(DecoderStorage, KeysThatACacheCannotHoldAreAnError) {
  test::MemoryWeights weights = test::random_decoder(test::random_decoder_config());
  weights.values("layers.1.encoder_attn.v_proj.bias")[7] = 1e6F;
  const auto decoder = load(weights, Precision::f32, {.cross = KvForm::u8});
  const DecoderConfig& c = decoder.config();
  CrossCache cross;
  EXPECT_TRUE(test::is_bad_data("decoder: keys and values: expected finite numbers of at most 65504",
                                [&] { decoder.encode(test::random_features(c), c.source_frames, cross, 2); }));
}

}  // namespace
}  // namespace seben::whisper
