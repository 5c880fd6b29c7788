// SPDX-License-Identifier: Apache-2.0
// The plain decoder, which the others are held against, against Hugging Face's (tools/fixtures/decoder_fixtures.py).
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <limits>

#include "formats/safetensors.h"
#include "plain_decoder.h"
#include "support/errors.h"
#include "support/memory_weights.h"

namespace seben::test {
namespace {

std::string decoder_folder() { return std::string(SEBEN_SOURCE_DIR) + "/tests/fixtures/whisper/decoder/"; }

class PlainTextDecoder : public testing::Test {
 protected:
  PlainTextDecoder()
      : file_(tensor::SafetensorsFile::open(decoder_folder() + "model.safetensors")),
        reference_(tensor::SafetensorsFile::open(decoder_folder() + "reference.safetensors")),
        config_(whisper::DecoderConfig::load(decoder_folder() + "config.json")),
        features_(tensor::to_float(reference_.require("features"))) {
    const tensor::TensorView& tokens = reference_.require("tokens");
    tokens_.resize(static_cast<std::size_t>(tokens.elements()));
    std::memcpy(tokens_.data(), tokens.data, tokens.bytes());
  }

  [[nodiscard]] PlainDecoder load() const { return PlainDecoder::load(file_, config_); }
  [[nodiscard]] CrossMemory heard(const PlainDecoder& d, int threads = 2) const {
    return d.remember(features_, config_.source_frames, threads);
  }

  tensor::SafetensorsFile file_, reference_;
  whisper::DecoderConfig config_;
  std::vector<float> features_;
  std::vector<std::int32_t> tokens_;  // a prompt of four and twelve more, at random
  static constexpr std::size_t kPrompt = 4, kSteps = 12;
};

TEST_F(PlainTextDecoder, PromptAndStepsAgreeWithHuggingFace) {
  const PlainDecoder decoder = load();
  const CrossMemory cross = heard(decoder);
  TokenMemory memory = decoder.start();
  const std::vector<float> expected = tensor::to_float(reference_.require("logits"));
  const auto vocabulary = static_cast<std::size_t>(config_.vocabulary);
  std::vector<float> logits(vocabulary);
  for (std::size_t step = 0; step < kSteps; ++step) {
    const std::span all(tokens_);
    const auto next = step == 0 ? all.first(kPrompt) : all.subspan(kPrompt + step - 1, 1);
    decoder.step(next, memory, cross, logits, 2);
    double mse = 0.0;
    for (std::size_t i = 0; i < vocabulary; ++i) {
      const double d = static_cast<double>(logits[i]) - static_cast<double>(expected[step * vocabulary + i]);
      mse += d * d / static_cast<double>(vocabulary);
    }
    EXPECT_LE(mse, 1e-11) << "step " << step;
    const auto best = std::ranges::max_element(logits) - logits.begin();
    const auto row = expected.begin() + static_cast<std::ptrdiff_t>(step * vocabulary);
    EXPECT_EQ(best, std::max_element(row, row + static_cast<std::ptrdiff_t>(vocabulary)) - row);
  }
}

TEST_F(PlainTextDecoder, StepsEqualOnePromptAndThreadsDoNotMatter) {
  const PlainDecoder decoder = load();
  const CrossMemory cross = heard(decoder, 1);
  std::vector<float> whole(static_cast<std::size_t>(config_.vocabulary)), single = whole;
  TokenMemory a = decoder.start(), b = decoder.start();
  decoder.step(tokens_, a, cross, whole, 3);
  for (const std::int32_t token : tokens_) decoder.step({&token, 1}, b, cross, single, 1);
  for (std::size_t i = 0; i < whole.size(); ++i) EXPECT_NEAR(whole[i], single[i], 1e-5F);
  EXPECT_EQ(a.tokens, b.tokens);
  std::vector<float> again(whole.size());
  TokenMemory c = decoder.start();
  decoder.step(tokens_, c, heard(decoder, 3), again, 1);
  EXPECT_EQ(whole, again);
}

TEST_F(PlainTextDecoder, HypothesesShareWhatWasHeard) {
  const PlainDecoder decoder = load();
  const CrossMemory cross = heard(decoder);
  std::vector<float> left(static_cast<std::size_t>(config_.vocabulary)), right = left;
  TokenMemory memory = decoder.start();
  decoder.step(std::span(tokens_).first(kPrompt), memory, cross, left, 1);
  TokenMemory branch = memory;
  const std::int32_t one = 3, other = 9;
  decoder.step({&one, 1}, memory, cross, left, 1);
  decoder.step({&other, 1}, branch, cross, right, 1);
  EXPECT_NE(left, right);
  TokenMemory fresh = decoder.start();
  std::vector<std::int32_t> text(tokens_.begin(), tokens_.begin() + kPrompt);
  text.push_back(other);
  std::vector<float> expected(left.size());
  decoder.step(text, fresh, cross, expected, 1);
  for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_NEAR(right[i], expected[i], 1e-5F);
}

TEST_F(PlainTextDecoder, RefusesWhatDoesNotFit) {
  const PlainDecoder decoder = load();
  const CrossMemory cross = heard(decoder);
  std::vector<float> logits(static_cast<std::size_t>(config_.vocabulary));
  TokenMemory memory = decoder.start();
  const std::int32_t outside = 61;
  EXPECT_TRUE(is_bad_data("token", [&] { decoder.step({&outside, 1}, memory, cross, logits, 1); }));
  const std::vector<std::int32_t> many(33, 1);
  EXPECT_TRUE(is_bad_data("1..32", [&] { decoder.step(many, memory, cross, logits, 1); }));
  EXPECT_TRUE(is_bad_data("1..32", [&] { decoder.step({}, memory, cross, logits, 1); }));
}

TEST_F(PlainTextDecoder, NamesTensorsThatAreMissingMisshapenOrNotFinite) {
  const std::string name = "model.decoder.layers.1.encoder_attn.v_proj.weight";
  const auto refused = [&](const char* says, const std::function<void(MemoryWeights&)>& spoil) {
    MemoryWeights spoiled(file_);
    spoil(spoiled);
    EXPECT_TRUE(is_bad_data(says, [&] { static_cast<void>(PlainDecoder::load(spoiled, config_)); }));
  };
  refused("encoder_attn.v_proj.weight", [&](auto& w) { w.erase(name); });
  refused("encoder_attn.v_proj.weight", [&](auto& w) { w.reshape(name, {8, 32}); });
  refused("encoder_attn.v_proj.weight", [&](auto& w) { w.values(name)[5] = std::numeric_limits<float>::infinity(); });
  refused("embed_tokens", [&](auto& w) { w.erase("model.decoder.embed_tokens.weight"); });
}

}  // namespace
}  // namespace seben::test
