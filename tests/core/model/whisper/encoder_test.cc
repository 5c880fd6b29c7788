// SPDX-License-Identifier: Apache-2.0
#include "model/whisper/encoder.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <thread>

#include "core/model/whisper/plain_encoder.h"
#include "formats/safetensors.h"
#include "parity/stage_parity.h"
#include "support/allocation_counter.h"
#include "support/errors.h"

namespace seben::whisper {
namespace {

using kernels::Precision;
using test::is_bad_data;
using test::MemoryWeights;

const std::string kFixtures = std::string(SEBEN_SOURCE_DIR) + "/tests/fixtures/whisper/";
constexpr const char* kCases[] = {"mels80-f32", "mels128-f16"};
constexpr EncoderConfig kSmall{80, 24, 2, 3, 40, 263};  // a block of 250 rows and one of 13

Encoder load(const tensor::WeightFile& weights, const EncoderConfig& config, Precision precision) {
  return Encoder::load(weights, config, {precision, 2, {}});
}

std::vector<float> encode(const Encoder& encoder, std::span<const float> mel, int threads) {
  EncoderWorkspace workspace = encoder.make_workspace(threads);
  std::vector<float> features(static_cast<std::size_t>(encoder.config().feature_size()));
  encoder.run(mel, features, workspace);
  return features;
}

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

class EncoderFixture : public ::testing::TestWithParam<const char*> {
 protected:
  [[nodiscard]] std::vector<parity::StageParity> compare(Precision precision) const {
    const auto weights = tensor::open_weights(folder_);
    const auto reference = tensor::open_weights(folder_ + "/reference.safetensors");
    const Encoder encoder = load(*weights, EncoderConfig::load(folder_ + "/config.json"), precision);
    EncoderWorkspace workspace = encoder.make_workspace(2);
    return parity::compare_stages(encoder, *reference, workspace);
  }
  std::string folder_ = kFixtures + GetParam();
};

TEST_P(EncoderFixture, EveryStageEqualsHuggingFace) {
  for (const parity::StageParity& parity : compare(Precision::f32)) {
    EXPECT_LE(parity.reference.mse, 1e-11) << parity.stage;
    EXPECT_LE(parity.exact.mse, 1e-11) << parity.stage;
  }
}

TEST_P(EncoderFixture, LowerPrecisionsStayClose) {
  for (const parity::StageParity& parity : compare(Precision::bf16)) {
    EXPECT_GE(parity.reference.cosine, 0.9999) << parity.stage;
  }
  for (const parity::StageParity& parity : compare(Precision::int8))
    EXPECT_GE(parity.reference.cosine, 0.999) << parity.stage;
}

INSTANTIATE_TEST_SUITE_P(Whisper, EncoderFixture, ::testing::ValuesIn(kCases), [](const auto& test_case) {
  std::string name = test_case.param;
  name.erase(std::remove(name.begin(), name.end(), '-'), name.end());
  return name;
});

TEST(Encoder, EqualsThePlainLoops) {
  const MemoryWeights weights = test::random_encoder(kSmall, 1);
  const std::vector<float> mel = test::random_mel(kSmall, 2);
  const std::vector<double> expected = test::plain_encoder(weights, kSmall, mel);
  for (const auto& [precision, bound] :
       {std::pair{Precision::f32, 2e-5}, {Precision::bf16, 0.2}, {Precision::int8, 0.5}}) {
    const std::vector<float> found = encode(load(weights, kSmall, precision), mel, 2);
    double largest = 0.0;
    for (std::size_t i = 0; i < found.size(); ++i) {
      const double off = std::abs(static_cast<double>(found[i]) - expected[i]);
      largest = off <= largest ? largest : off;
    }
    EXPECT_LE(largest, bound) << to_string(precision);
  }
}

TEST(Encoder, EqualBitsForAnyNumberOfThreads) {
  const MemoryWeights weights = test::random_encoder(kSmall, 3);
  const std::vector<float> mel = test::random_mel(kSmall, 4);
  for (const Precision precision : {Precision::f32, Precision::bf16, Precision::int8}) {
    const Encoder encoder = load(weights, kSmall, precision);
    const std::vector<float> once = encode(encoder, mel, 1);
    EXPECT_TRUE(same_bits(once, encode(encoder, mel, 1))) << to_string(precision);
    EXPECT_TRUE(same_bits(once, encode(encoder, mel, 2))) << to_string(precision);
    EXPECT_TRUE(same_bits(once, encode(encoder, mel, 3))) << to_string(precision);
    EXPECT_TRUE(same_bits(once, encode(load(weights, kSmall, precision), mel, 2))) << to_string(precision);
  }
}

TEST(Encoder, StagesInSequenceAreTheWhole) {
  const MemoryWeights weights = test::random_encoder(kSmall, 5);
  const Encoder encoder = load(weights, kSmall, Precision::f32);
  EncoderWorkspace workspace = encoder.make_workspace(2);
  const std::vector<float> mel = test::random_mel(kSmall, 6);
  for (const char* list : {"convpos,0,1,finalnorm", "convpos,0-1,finalnorm"}) {
    std::vector<float> given = mel, found(static_cast<std::size_t>(kSmall.feature_size()));
    for (const Stage& stage : parse_stages(list, kSmall)) {
      encoder.run_stage(stage, given, found, workspace);
      given = found;
    }
    EXPECT_TRUE(same_bits(found, encode(encoder, mel, 2))) << list;
  }
}

TEST(Encoder, AWorkspaceRemembersNothing) {
  const MemoryWeights weights = test::random_encoder(kSmall, 7);
  const Encoder encoder = load(weights, kSmall, Precision::int8);
  EncoderWorkspace workspace = encoder.make_workspace(2);
  const std::vector<float> mel = test::random_mel(kSmall, 8), other = test::random_mel(kSmall, 9);
  std::vector<float> first(static_cast<std::size_t>(kSmall.feature_size())), again(first);
  encoder.run(mel, first, workspace);
  encoder.run(other, again, workspace);
  EXPECT_FALSE(same_bits(first, again));
  encoder.run(mel, again, workspace);
  EXPECT_TRUE(same_bits(first, again));
}

TEST(Encoder, TwoWindowsAtATime) {
  const MemoryWeights weights = test::random_encoder(kSmall, 10);
  for (const Precision precision : {Precision::f32, Precision::int8}) {
    const Encoder encoder = load(weights, kSmall, precision);
    std::vector<float> mels[2] = {test::random_mel(kSmall, 11), test::random_mel(kSmall, 12)}, found[2];
    std::thread second([&] { found[1] = encode(encoder, mels[1], 1); });
    found[0] = encode(encoder, mels[0], 1);
    second.join();
    EXPECT_TRUE(same_bits(found[0], encode(encoder, mels[0], 2)));
    EXPECT_TRUE(same_bits(found[1], encode(encoder, mels[1], 2)));
  }
}

TEST(Encoder, ReadsEveryKnownPrefix) {
  const MemoryWeights bare = test::random_encoder(kSmall, 13);
  const std::vector<float> mel = test::random_mel(kSmall, 14);
  const std::vector<float> expected = encode(load(bare, kSmall, Precision::f32), mel, 1);
  for (const std::string prefix : {"encoder.", "model.encoder."}) {
    MemoryWeights renamed;
    for (const std::string& name : bare.names())
      renamed.set(prefix + name, bare.require(name).shape, bare.values(name));
    EXPECT_EQ(encoder_prefix(renamed), prefix);
    EXPECT_TRUE(same_bits(expected, encode(load(renamed, kSmall, Precision::f32), mel, 1)));
  }
}

TEST(Encoder, ReportsProgressAndLetsItStopTheLoading) {
  const MemoryWeights weights = test::random_encoder(kSmall, 15);
  std::vector<std::int64_t> seen;
  const auto note = [&](std::int64_t done, std::int64_t total) {
    EXPECT_EQ(total, kSmall.layers + 2);
    seen.push_back(done);
  };
  static_cast<void>(Encoder::load(weights, kSmall, {Precision::f32, 1, note}));
  EXPECT_EQ(seen, (std::vector<std::int64_t>{1, 2, 3, 4}));
  const auto stop = [](std::int64_t, std::int64_t) { throw std::runtime_error("stop"); };
  EXPECT_THROW(static_cast<void>(Encoder::load(weights, kSmall, {Precision::f32, 1, stop})), std::runtime_error);
}

TEST(Encoder, WeightBytesFollowThePrecision) {
  constexpr EncoderConfig config{80, 256, 2, 4, 1024, 50};
  const MemoryWeights weights = test::random_encoder(config, 16);
  const auto bytes = [&](Precision p) { return static_cast<double>(load(weights, config, p).weight_bytes()); };
  const auto stored = static_cast<double>(weights.total_bytes());
  EXPECT_NEAR(bytes(Precision::f32), stored, 0.02 * stored);
  if (kernels::gemm_supports(kernels::GemmKind::bf16)) {
    EXPECT_NEAR(bytes(Precision::bf16), 0.5 * stored, 0.1 * stored);
  }
  if (kernels::gemm_supports(kernels::GemmKind::u8s8)) {
    EXPECT_NEAR(bytes(Precision::int8), 0.28 * stored, 0.1 * stored);
  }
}

TEST(Encoder, ALayerThatTheConfigurationDoesNotKnowIsRefused) {
  const MemoryWeights weights = test::random_encoder(kSmall, 17);
  EncoderConfig shorter = kSmall;
  shorter.layers = 1;
  EXPECT_TRUE(is_bad_data("layers", [&] { static_cast<void>(load(weights, shorter, Precision::f32)); }));
  EncoderConfig longer = kSmall;
  longer.layers = 3;
  EXPECT_TRUE(is_bad_data("layers.2.", [&] { static_cast<void>(load(weights, longer, Precision::f32)); }));
}

TEST(Encoder, NamesTheTensorThatIsMissing) {
  MemoryWeights weights = test::random_encoder(kSmall, 18);
  for (const std::string& name : weights.names()) {
    const tensor::Shape shape = weights.require(name).shape;
    const std::vector<float> values = weights.values(name);
    weights.erase(name);
    const std::string expected = name == "conv1.weight" ? "Whisper encoder" : name;
    EXPECT_TRUE(is_bad_data(expected, [&] { static_cast<void>(load(weights, kSmall, Precision::f32)); }));
    weights.set(name, shape, values);
  }
}

TEST(Encoder, NamesTheTensorOfAnotherShape) {
  MemoryWeights weights = test::random_encoder(kSmall, 19);
  for (const std::string& name : weights.names()) {
    const tensor::Shape shape = weights.require(name).shape;
    tensor::Shape flat{1};
    for (const auto size : shape) flat[0] *= size;
    flat.push_back(1);
    weights.reshape(name, flat);
    EXPECT_TRUE(is_bad_data(name, [&] { static_cast<void>(load(weights, kSmall, Precision::f32)); }));
    weights.reshape(name, shape);
  }
}

TEST(Encoder, NamesTheTensorThatIsNotFinite) {
  MemoryWeights weights = test::random_encoder(kSmall, 20);
  for (const Precision precision : {Precision::f32, Precision::int8}) {
    for (const std::string& name : weights.names()) {
      float& last = weights.values(name).back();
      const float before = last;
      last = std::numeric_limits<float>::quiet_NaN();
      EXPECT_TRUE(is_bad_data(name, [&] { static_cast<void>(load(weights, kSmall, precision)); }));
      last = before;
    }
  }
}

TEST(Encoder, RefusesBuffersOfAnotherSize) {
  const MemoryWeights weights = test::random_encoder(kSmall, 21);
  const Encoder encoder = load(weights, kSmall, Precision::f32);
  EncoderWorkspace workspace = encoder.make_workspace(1);
  std::vector<float> mel(static_cast<std::size_t>(kSmall.mel_size())),
      features(static_cast<std::size_t>(kSmall.feature_size()));
  const auto refused = [&](auto action) { return test::fails_with(ErrorCategory::internal, "values", action); };
  EXPECT_TRUE(refused([&] { encoder.run(std::span(mel).first(7), features, workspace); }));
  EXPECT_TRUE(refused([&] { encoder.run(mel, std::span(features).first(7), workspace); }));
  EXPECT_TRUE(refused([&] { encoder.run_stage({StageKind::finalnorm, 0, 0}, mel, features, workspace); }));
}

// oneDNN makes small tables of arguments for every call; whatever is ours would be at least a row of activations.
TEST(Encoder, AllocatesNothingPerWindow) {
  SEBEN_NEEDS_COUNTED_ALLOCATIONS();
  constexpr std::size_t kArgumentTables = 1024;
  constexpr EncoderConfig config{80, 256, 1, 4, 1024, 300};
  const MemoryWeights weights = test::random_encoder(config, 22);
  for (const Precision precision : {Precision::f32, Precision::bf16, Precision::int8}) {
    const Encoder encoder = load(weights, config, precision);
    EncoderWorkspace workspace = encoder.make_workspace(2);
    const std::vector<float> mel = test::random_mel(config, 23);
    std::vector<float> features(static_cast<std::size_t>(config.feature_size()));
    encoder.run(mel, features, workspace);
    test::allocations.reset();
    encoder.run(mel, features, workspace);
    EXPECT_LT(test::allocations.largest, kArgumentTables) << to_string(precision);
    test::allocations.reset();
    const std::vector<float> row(256);
    EXPECT_GE(test::allocations.largest, row.size() * sizeof(float));  // the counter counts
  }
}

}  // namespace
}  // namespace seben::whisper
