// SPDX-License-Identifier: Apache-2.0
// The decoder's packages against the engine's decoder, step by step.
#include "convert/decoder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "formats/safetensors.h"
#include "interpreter/interpreter.h"
#include "model/whisper/incremental_decoder.h"

namespace seben {
namespace {

using interpreter::Array;
using interpreter::Arrays;
using interpreter::Interpreter;

constexpr std::int32_t kSteps = 20;

class DecoderPackages : public testing::Test {
 protected:
  DecoderPackages() {
    const std::string folder = std::string(SEBEN_SOURCE_DIR) + "/tests/fixtures/whisper/decoder/";
    file_ = std::make_shared<tensor::SafetensorsFile>(tensor::SafetensorsFile::open(folder + "model.safetensors"));
    const auto reference = tensor::SafetensorsFile::open(folder + "reference.safetensors");
    config_ = whisper::DecoderConfig::load(folder + "config.json");
    features_ = tensor::to_float(reference.require("features"));
    const auto decoder = whisper::IncrementalDecoder::load(*file_, config_, {});
    whisper::CrossCache cross;
    decoder.encode(features_, config_.source_frames, cross, 1);
    whisper::TokenCache memory = decoder.make_cache(1);
    std::vector<float> logits(static_cast<std::size_t>(config_.vocabulary));
    for (std::int32_t t = 0; t < kSteps; ++t) {  // texts that a search might try, not only the greedy one
      tokens_.push_back((7 * t + 3) % static_cast<std::int32_t>(config_.vocabulary));
      decoder.step({&tokens_.back(), 1}, memory, cross, logits, 1);
      expected_.push_back(logits);
    }
  }

  [[nodiscard]] convert::DecoderSource source() const { return {{file_, "model.decoder."}, config_}; }

  Arrays heard(const convert::ConversionOptions& conversion) const {
    const auto cross = Interpreter::compile(convert::decoder_cross_model(source(), conversion), "cross", {1, true});
    return cross.run({{"features", Array::floats(features_, {1, config_.source_frames, config_.d_model})}});
  }

  void expect_scores(std::int32_t t, const Array& logits, double tolerance) const {
    const std::vector<float>& expected = expected_[static_cast<std::size_t>(t)];
    const auto found = logits.values();
    ASSERT_EQ(found.size(), expected.size());
    double largest = 0.0;
    for (std::size_t i = 0; i < found.size(); ++i) {
      largest = std::max(largest, std::abs(static_cast<double>(found[i]) - static_cast<double>(expected[i])));
    }
    EXPECT_LE(largest, tolerance) << "step " << t;
    EXPECT_EQ(std::ranges::max_element(found) - found.begin(), std::ranges::max_element(expected) - expected.begin())
        << "step " << t;
  }

  // Runs the stateless form the way an application does: it keeps the memory and the mask.
  void run_steps(const convert::ConversionOptions& conversion, double tolerance) const {
    const auto program = Interpreter::compile(convert::decoder_step_model(source(), conversion, 1), "step", {2, true});
    const Arrays cross = heard(conversion);
    const std::int64_t rows = config_.positions, d = config_.d_model;
    std::vector<float> keys(static_cast<std::size_t>(config_.layers * rows * d), 0.5F), values = keys;
    std::vector<float> mask(static_cast<std::size_t>(rows + 1), -1e4F);
    mask.back() = 0.0F;
    for (std::int32_t t = 0; t < kSteps; ++t) {
      const mil::Shape memory{config_.layers, rows, d};
      const Arrays out = program.run({{"tokens", Array::integers({&tokens_[static_cast<std::size_t>(t)], 1}, {1, 1})},
                                      {"positions", Array::integers({&t, 1}, {1})},
                                      {"mask", Array::floats(mask, {1, rows + 1})},
                                      {"cross_k", cross.at("cross_k")},
                                      {"cross_v", cross.at("cross_v")},
                                      {"self_k", Array::floats(keys, memory)},
                                      {"self_v", Array::floats(values, memory)}});
      expect_scores(t, out.at("logits"), tolerance);
      for (std::int64_t layer = 0; layer < config_.layers; ++layer) {
        std::copy_n(out.at("new_k").f() + layer * d, d, keys.data() + (layer * rows + t) * d);
        std::copy_n(out.at("new_v").f() + layer * d, d, values.data() + (layer * rows + t) * d);
      }
      mask[static_cast<std::size_t>(t)] = 0.0F;
    }
  }

  void run_stateful(const convert::ConversionOptions& conversion, double tolerance) const {
    const auto program =
        Interpreter::compile(convert::decoder_stateful_model(source(), conversion), "stateful", {2, true});
    const Arrays cross = heard(conversion);
    Arrays states = program.make_states();
    std::vector<float> mask(static_cast<std::size_t>(config_.positions), -1e4F);
    for (std::int32_t t = 0; t < kSteps; ++t) {
      mask[static_cast<std::size_t>(t)] = 0.0F;
      const Arrays out = program.run({{"tokens", Array::integers({&tokens_[static_cast<std::size_t>(t)], 1}, {1, 1})},
                                      {"positions", Array::integers({&t, 1}, {1})},
                                      {"mask", Array::floats(mask, {1, config_.positions})},
                                      {"cross_k", cross.at("cross_k")},
                                      {"cross_v", cross.at("cross_v")}},
                                     states);
      expect_scores(t, out.at("logits"), tolerance);
    }
  }

  std::shared_ptr<tensor::SafetensorsFile> file_;
  whisper::DecoderConfig config_;
  std::vector<float> features_;
  std::vector<std::int32_t> tokens_;
  std::vector<std::vector<float>> expected_;
};

TEST_F(DecoderPackages, StatelessStepsGiveTheEnginesScores) {
  convert::ConversionOptions conversion;
  run_steps(conversion, 2e-5);
  conversion.layout = convert::Layout::ane;
  run_steps(conversion, 2e-5);
}

TEST_F(DecoderPackages, HalfPrecisionStepsKeepTheChoice) {
  convert::ConversionOptions conversion;
  conversion.opset = mil::Opset::ios16;
  conversion.compute = mil::DType::fp16;
  run_steps(conversion, 0.2);
}

TEST_F(DecoderPackages, StatesRememberWhatWasSaid) {
  convert::ConversionOptions conversion;
  conversion.opset = mil::Opset::ios18;
  run_stateful(conversion, 5e-2);  // the memory is fp16
  conversion.compute = conversion.interface = mil::DType::fp16;
  run_stateful(conversion, 0.2);
}

TEST_F(DecoderPackages, SeveralTokensInOneStepEqualSingleOnes) {
  const convert::ConversionOptions conversion;
  constexpr std::int64_t kTokens = 4;
  const auto program =
      Interpreter::compile(convert::decoder_step_model(source(), conversion, kTokens), "prompt", {1, true});
  const Arrays cross = heard(conversion);
  const std::int64_t rows = config_.positions, d = config_.d_model;
  std::vector<float> mask(static_cast<std::size_t>(kTokens * (rows + kTokens)), -1e4F);
  for (std::int64_t t = 0; t < kTokens; ++t) {
    for (std::int64_t seen = 0; seen <= t; ++seen)
      mask[static_cast<std::size_t>(t * (rows + kTokens) + rows + seen)] = 0.0F;
  }
  const std::vector<std::int32_t> positions{0, 1, 2, 3};
  const std::vector<float> memory(static_cast<std::size_t>(config_.layers * rows * d), 0.0F);
  const Arrays out = program.run({{"tokens", Array::integers(std::span(tokens_).first(kTokens), {1, kTokens})},
                                  {"positions", Array::integers(positions, {kTokens})},
                                  {"mask", Array::floats(mask, {kTokens, rows + kTokens})},
                                  {"cross_k", cross.at("cross_k")},
                                  {"cross_v", cross.at("cross_v")},
                                  {"self_k", Array::floats(memory, {config_.layers, rows, d})},
                                  {"self_v", Array::floats(memory, {config_.layers, rows, d})}});
  const auto all = out.at("logits").values();
  for (std::int32_t t = 0; t < kTokens; ++t) {
    const auto vocabulary = static_cast<std::size_t>(config_.vocabulary);
    expect_scores(
        t, Array::floats(all.subspan(static_cast<std::size_t>(t) * vocabulary, vocabulary), {config_.vocabulary}),
        2e-5);
  }
}

}  // namespace
}  // namespace seben
