// SPDX-License-Identifier: Apache-2.0
#include "model/head/head.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <span>
#include <thread>
#include <utility>

#include "formats/safetensors.h"
#include "model/head/trajectory.h"
#include "support/allocation_counter.h"
#include "support/errors.h"
#include "support/memory_weights.h"

namespace seben::ctc {
namespace {

using kernels::Precision;
using test::is_bad_data;
using test::MemoryWeights;

const std::string kFixtures = std::string(SEBEN_SOURCE_DIR) + "/tests/fixtures/heads/";

MemoryWeights fixture(const std::string& name) {
  return MemoryWeights(*tensor::open_weights(kFixtures + name + ".safetensors"));
}

std::unique_ptr<Head> load(const tensor::WeightFile& file, Precision precision = Precision::f32) {
  return load_head(file, HeadConfig::read(file), precision, 2);
}

std::vector<float> run(const Head& head, std::span<const float> features, int threads = 2) {
  const auto frames = static_cast<std::int64_t>(features.size()) / head.config().input_dim;
  std::vector<float> logits(static_cast<std::size_t>(head.output_frames(frames) * head.config().classes));
  const auto workspace = head.make_workspace(frames, threads);
  head.run(features, frames, logits, *workspace);
  return logits;
}

float largest_difference(const std::vector<float>& a, const std::vector<float>& b) {
  float largest = a.size() == b.size() ? 0.0F : std::numeric_limits<float>::infinity();
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    const float off = std::abs(a[i] - b[i]);
    largest = off <= largest ? largest : off;  // a NaN is the largest of all
  }
  return largest;
}

std::vector<std::size_t> best_classes(const std::vector<float>& logits, std::int64_t classes) {
  std::vector<std::size_t> best;
  for (auto row = logits.begin(); row != logits.end(); row += classes) {
    best.push_back(static_cast<std::size_t>(std::max_element(row, row + classes) - row));
  }
  return best;
}

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

class HeadFixture : public ::testing::TestWithParam<const char*> {
 protected:
  MemoryWeights weights_ = fixture(GetParam());
  std::vector<float> features_ = fixture(std::string(GetParam()) + ".reference").values("features");
  std::vector<float> expected_ = fixture(std::string(GetParam()) + ".reference").values("logits");
};

TEST_P(HeadFixture, EqualsPyTorch) {
  const auto head = load(weights_);
  const std::vector<float> found = run(*head, features_);
  EXPECT_LE(largest_difference(found, expected_), 1e-4F);
  EXPECT_EQ(best_classes(found, head->config().classes), best_classes(expected_, head->config().classes));
}

TEST_P(HeadFixture, EqualBitsForAnyNumberOfThreads) {
  const auto head = load(weights_);
  const std::vector<float> once = run(*head, features_, 1);
  EXPECT_TRUE(same_bits(once, run(*head, features_, 2)));
  EXPECT_TRUE(same_bits(once, run(*head, features_, 3)));
}

TEST_P(HeadFixture, LowerPrecisionsStayClose) {
  const float scale = std::ranges::max(expected_) - std::ranges::min(expected_);
  EXPECT_LE(largest_difference(run(*load(weights_, Precision::bf16), features_), expected_), 0.05F * scale);
  EXPECT_LE(largest_difference(run(*load(weights_, Precision::int8), features_), expected_), 0.2F * scale);
}

TEST_P(HeadFixture, AWorkspaceServesShorterInputsToo) {
  const auto head = load(weights_);
  const std::int64_t dim = head->config().input_dim, frames = static_cast<std::int64_t>(features_.size()) / dim;
  const auto workspace = head->make_workspace(frames, 2);
  std::vector<float> logits(expected_.size());
  head->run(features_, frames, logits, *workspace);
  const auto shorter = std::span<const float>(features_).first(static_cast<std::size_t>((frames - 6) * dim));
  std::vector<float> found(static_cast<std::size_t>(head->output_frames(frames - 6) * head->config().classes));
  head->run(shorter, frames - 6, found, *workspace);
  EXPECT_TRUE(same_bits(found, run(*head, shorter)));
}

TEST_P(HeadFixture, TwoCallsAtATime) {
  const auto head = load(weights_);
  std::vector<float> found;
  std::thread second([&] { found = run(*head, features_, 1); });
  const std::vector<float> mine = run(*head, features_, 1);
  second.join();
  EXPECT_TRUE(same_bits(mine, found));
}

// What oneDNN makes for its arguments is smaller than this, and none of ours would be.
TEST_P(HeadFixture, AllocatesNothingPerCall) {
  SEBEN_NEEDS_COUNTED_ALLOCATIONS();
  const auto head = load(weights_);
  const std::int64_t frames = static_cast<std::int64_t>(features_.size()) / head->config().input_dim;
  const auto workspace = head->make_workspace(frames, 2);
  std::vector<float> logits(expected_.size());
  head->run(features_, frames, logits, *workspace);
  test::allocations.reset();
  head->run(features_, frames, logits, *workspace);
  EXPECT_LT(test::allocations.largest, 400U);
  test::allocations.reset();
  const std::vector<float> row(100);
  EXPECT_GE(test::allocations.largest, row.size() * sizeof(float));  // the counter counts
}

TEST_P(HeadFixture, NamesTheTensorThatIsMissingOrMisshapenOrNotFinite) {
  for (const std::string& name : weights_.names()) {
    const tensor::Shape shape = weights_.require(name).shape;
    const std::vector<float> values = weights_.values(name);
    weights_.erase(name);
    // A block or a layer is seen by one of its tensors; without that one, what is left does not belong to the head.
    const bool seen = name != "net.0.weight" && name != "inscription_emb.weight" && name != "encoder.weight_ih_l1" &&
                      name != "encoder.weight_ih_l2" && name != "encoder.layers.1.linear1.weight";
    EXPECT_TRUE(is_bad_data(seen ? name : "", [&] { static_cast<void>(load(weights_)); })) << name;
    tensor::Shape longer = shape;
    longer.push_back(1);
    weights_.set(name, longer, values);
    EXPECT_TRUE(is_bad_data(name, [&] { static_cast<void>(load(weights_)); })) << name;
    weights_.set(name, shape, values);
    weights_.values(name).back() = std::numeric_limits<float>::infinity();
    EXPECT_TRUE(is_bad_data(name, [&] { static_cast<void>(load(weights_)); })) << name;
    weights_.set(name, shape, values);
  }
}

TEST_P(HeadFixture, NamesATensorOfAnotherHead) {
  weights_.set("tar.gate.weight", {1}, {0.0F});
  EXPECT_TRUE(is_bad_data("tar.gate.weight", [&] { static_cast<void>(load(weights_)); }));
}

TEST_P(HeadFixture, RefusesBuffersOfAnotherSize) {
  const auto head = load(weights_);
  const std::int64_t frames = static_cast<std::int64_t>(features_.size()) / head->config().input_dim;
  const auto workspace = head->make_workspace(frames, 1);
  std::vector<float> logits(expected_.size());
  const auto refused = [&](auto action) { return test::fails_with(ErrorCategory::internal, "head", action); };
  EXPECT_TRUE(refused([&] { head->run(std::span(features_).first(3), frames, logits, *workspace); }));
  EXPECT_TRUE(refused([&] { head->run(features_, frames, std::span(logits).first(3), *workspace); }));
  const auto small = head->make_workspace(frames - 5, 1);
  EXPECT_TRUE(refused([&] { head->run(features_, frames, logits, *small); }));
}

INSTANTIATE_TEST_SUITE_P(Heads, HeadFixture,
                         ::testing::Values("stride1", "stride2", "stride4", "trajectory", "motifs", "bilstm",
                                           "conv-bilstm", "conv-bilstm4"),
                         [](const auto& test_case) {
                           std::string name = test_case.param;
                           std::erase(name, '-');
                           return name;
                         });

TEST(HeadConfig, ReadsSizesFromTensorsAndTheRestFromMetadata) {
  const HeadConfig c = HeadConfig::read(fixture("stride4"));
  EXPECT_EQ(c.kind, HeadKind::transformer);
  EXPECT_EQ(c.input_dim, 20);
  EXPECT_EQ(c.width, 12);
  EXPECT_EQ(c.layers, 2);
  EXPECT_EQ(c.heads, 2);
  EXPECT_EQ(c.ffn, 20);
  EXPECT_EQ(c.stride, 4);
  EXPECT_EQ(c.positions, 24);
  EXPECT_EQ(c.classes, 11);
  EXPECT_EQ(c.blank, 10);
  EXPECT_FALSE(c.trajectory);
  EXPECT_TRUE(HeadConfig::read(fixture("motifs")).trajectory);
  const HeadConfig b = HeadConfig::read(fixture("bilstm"));
  EXPECT_EQ(b.kind, HeadKind::bilstm);
  EXPECT_EQ(b.layers, 3);
  EXPECT_EQ(b.stride, 1);
  EXPECT_EQ(b.cells, 6);
  const HeadConfig v = HeadConfig::read(fixture("conv-bilstm"));
  EXPECT_EQ(v.kind, HeadKind::conv_bilstm);
  EXPECT_EQ(to_string(v.kind), "conv-bilstm");
  EXPECT_EQ(v.input_dim, 20);
  EXPECT_EQ(v.width, 12);
  EXPECT_EQ(v.layers, 2);
  EXPECT_EQ(v.cells, 7);
  EXPECT_EQ(v.stride, 2);
  EXPECT_EQ(v.output_frames(1500), 750);
  EXPECT_EQ(v.blank, 10);
}

// The head `head` with one entry of its metadata changed, or left out where the value is empty, is refused by that
// entry.
void expect_refused(const char* head, std::span<const std::pair<const char*, const char*>> bad) {
  for (const auto& [key, value] : bad) {
    MemoryWeights weights = fixture(head);
    const std::string name = std::string("seben.head.") + key;
    weights.change_metadata()[name] = value;
    if (*value == '\0') weights.change_metadata().erase(name);
    EXPECT_TRUE(is_bad_data(name, [&] { static_cast<void>(HeadConfig::read(weights)); })) << key << "=" << value;
  }
}

TEST(HeadConfig, GuessesNothing) {
  const std::pair<const char*, const char*> bad[] = {
      {"kind", "conformer"}, {"kind", ""},    {"stride", "3"}, {"stride", "8"},      {"stride", ""},
      {"stride", "2x"},      {"blank", "11"}, {"blank", "-1"}, {"blank", ""},        {"heads", "5"},
      {"heads", "0"},        {"ffn", "21"},   {"layers", "3"}, {"input_dim", "1280"}};
  expect_refused("stride2", bad);
}

TEST(ConvBilstm, GuessesNothing) {
  const std::pair<const char*, const char*> bad[] = {
      {"stride", "3"}, {"stride", "8"},     {"stride", ""},   {"stride", "two"},    {"blank", "11"},
      {"blank", ""},   {"layers", "3"},     {"cells", "8"},   {"cells", "9999999"}, {"width", "13"},
      {"heads", "2"},  {"input_dim", "21"}, {"kind", "conv"}, {"kind", ""}};
  expect_refused("conv-bilstm", bad);
}

TEST(ConvBilstm, NamesATensorThatDoesNotFit) {
  const std::pair<const char*, tensor::Shape> bad[] = {{"encoder.weight_hh_l0", {27, 7}},
                                                       {"encoder.weight_hh_l0", {21, 7}},
                                                       {"encoder.weight_hh_l0", {28, 7, 1}},
                                                       {"encoder.weight_hh_l0", {0, 0}},
                                                       {"encoder.weight_hh_l0", {65536, 16384}},
                                                       {"encoder.weight_ih_l0", {28, 13}},
                                                       {"encoder.weight_ih_l1", {28, 7}},
                                                       {"encoder.weight_hh_l1_reverse", {32, 8}},
                                                       {"encoder.bias_hh_l1", {27}},
                                                       {"temporal_ds.0.weight", {12, 12, 3}},
                                                       {"temporal_ds.0.weight", {12, 5, 12}},
                                                       {"input_proj.0.weight", {12}},
                                                       {"output_proj.weight", {11, 12}},
                                                       {"output_proj.weight", {11, 7}}};
  for (const auto& [name, shape] : bad) {
    MemoryWeights weights = fixture("conv-bilstm");
    std::size_t count = 1;
    for (const std::int64_t size : shape) count *= static_cast<std::size_t>(size);
    weights.values(name).resize(std::min<std::size_t>(count, 1U << 20U));
    weights.set(name, shape, weights.values(name));
    EXPECT_TRUE(is_bad_data(name, [&] { static_cast<void>(load(weights)); })) << name << tensor::to_string(shape);
  }
}

TEST(ConvBilstm, NamesADirectionThatIsMissing) {
  for (const char* name : {"encoder.weight_ih_l0_reverse", "encoder.weight_hh_l1_reverse", "encoder.bias_ih_l1_reverse",
                           "encoder.bias_hh_l0_reverse", "encoder.weight_hh_l1"}) {
    MemoryWeights weights = fixture("conv-bilstm");
    weights.erase(name);
    EXPECT_TRUE(is_bad_data(name, [&] { static_cast<void>(load(weights)); })) << name;
  }
}

TEST(ConvBilstm, IsNoOtherKindAndNoOtherKindIsIt) {
  const auto refused = [](const char* file, const char* kind, const char* text) {
    MemoryWeights weights = fixture(file);
    weights.change_metadata()["seben.head.kind"] = kind;
    if (std::string_view(kind) == "conv-bilstm") weights.change_metadata().erase("seben.head.heads");
    weights.change_metadata()["seben.head.stride"] = "2";
    if (std::string_view(kind) == "transformer") weights.change_metadata()["seben.head.heads"] = "2";
    return is_bad_data(text, [&] { static_cast<void>(load(weights)); });
  };
  EXPECT_TRUE(refused("conv-bilstm", "transformer", "pos_enc"));
  EXPECT_TRUE(refused("conv-bilstm", "bilstm", "input_proj.weight"));
  EXPECT_TRUE(refused("stride2", "conv-bilstm", "encoder.weight_ih_l0"));
  EXPECT_TRUE(refused("bilstm", "conv-bilstm", "input_proj.0.weight"));
  MemoryWeights both = fixture("conv-bilstm");  // the tensors of two kinds in one file
  both.set("pos_enc", {1, 24, 12}, std::vector<float>(288));
  EXPECT_TRUE(is_bad_data("pos_enc", [&] { static_cast<void>(load(both)); }));
}

// A whole window of the size that is trained: features [1500, 512] to [750, 66].
TEST(ConvBilstm, AWholeWindow) {
  std::mt19937 random(2);
  MemoryWeights w;
  w.randomize("input_proj.0.weight", {256, 512}, random, 0.05F);
  w.randomize("input_proj.0.bias", {256}, random, 0.1F);
  w.randomize("temporal_ds.0.weight", {256, 256, 5}, random, 0.03F);
  w.randomize("temporal_ds.0.bias", {256}, random, 0.1F);
  for (const std::string layer : {"_l0", "_l1"}) {
    for (const std::string side : {"", "_reverse"}) {
      w.randomize("encoder.weight_ih" + layer + side, {768, layer == "_l0" ? 256 : 384}, random, 0.1F);
      w.randomize("encoder.weight_hh" + layer + side, {768, 192}, random, 0.1F);
      w.randomize("encoder.bias_ih" + layer + side, {768}, random, 0.1F);
      w.randomize("encoder.bias_hh" + layer + side, {768}, random, 0.1F);
    }
  }
  w.randomize("output_proj.weight", {66, 384}, random, 0.2F);
  w.randomize("output_proj.bias", {66}, random, 0.1F);
  w.change_metadata() = {{"seben.head.kind", "conv-bilstm"}, {"seben.head.stride", "2"}, {"seben.head.blank", "65"}};
  const auto head = load(w);
  EXPECT_EQ(head->output_frames(1500), 750);
  w.randomize("features", {1500, 512}, random, 1.0F);
  const std::vector<float> logits = run(*head, w.values("features"), 1);
  ASSERT_EQ(logits.size(), 750U * 66U);
  EXPECT_TRUE(same_bits(logits, run(*head, w.values("features"), 2)));
  EXPECT_GT(*std::ranges::max_element(logits) - *std::ranges::min_element(logits), 1.0F);
  // What is no number in the features is none in every frame after it, and so in all of them.
  w.values("features")[700 * 512] = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> spoiled = run(*head, w.values("features"), 1);
  EXPECT_TRUE(std::ranges::all_of(spoiled, [](float x) { return std::isnan(x); }));
}

TEST(TransformerHead, TakesNoMoreFramesThanItHasPositions) {
  const auto head = load(fixture("stride2"));
  const std::vector<float> features(static_cast<std::size_t>(20 * 49));
  EXPECT_TRUE(is_bad_data("1..48", [&] { static_cast<void>(run(*head, features)); }));
}

// The shape of the public recogniser: [1500, 1280] -> [375, 66].
TEST(TransformerHead, TheAnchorShape) {
  std::mt19937 random(1);
  MemoryWeights w;
  const auto linear = [&](const std::string& weight, const std::string& bias, std::int64_t out, std::int64_t in) {
    w.randomize(weight, {out, in}, random, 1.0F / std::sqrt(static_cast<float>(in)));
    w.randomize(bias, {out}, random, 0.1F);
  };
  const auto norm = [&](const std::string& name) {
    w.randomize(name + ".weight", {768}, random, 0.1F, 1.0F);
    w.randomize(name + ".bias", {768}, random, 0.1F);
  };
  linear("input_proj.0.weight", "input_proj.0.bias", 768, 1280);
  w.randomize("temporal_ds.0.weight", {768, 768, 5}, random, 0.02F);
  w.randomize("temporal_ds.0.bias", {768}, random, 0.1F);
  w.randomize("pos_enc", {1, 500, 768}, random, 0.5F);
  const std::string layer = "encoder.layers.0.";  // one of the six: they are alike
  linear(layer + "self_attn.in_proj_weight", layer + "self_attn.in_proj_bias", 2304, 768);
  linear(layer + "self_attn.out_proj.weight", layer + "self_attn.out_proj.bias", 768, 768);
  linear(layer + "linear1.weight", layer + "linear1.bias", 3072, 768);
  linear(layer + "linear2.weight", layer + "linear2.bias", 768, 3072);
  for (const std::string& name : {layer + "norm1", layer + "norm2", std::string("ln")}) norm(name);
  linear("output_proj.weight", "output_proj.bias", 66, 768);
  w.change_metadata() = {{"seben.head.kind", "transformer"},
                         {"seben.head.stride", "4"},
                         {"seben.head.heads", "12"},
                         {"seben.head.blank", "65"}};
  const auto head = load(w);
  EXPECT_EQ(head->output_frames(1500), 375);
  EXPECT_EQ(head->output_frames(375), 94);
  w.randomize("features", {1500, 1280}, random, 1.0F);
  const std::vector<float> logits = run(*head, w.values("features"));
  ASSERT_EQ(logits.size(), 375U * 66U);
  EXPECT_TRUE(std::ranges::all_of(logits, [](float x) { return std::isfinite(x); }));
  EXPECT_GT(*std::ranges::max_element(logits) - *std::ranges::min_element(logits), 1.0F);
}

class Trajectory : public ::testing::TestWithParam<const char*> {};

TEST_P(Trajectory, ScalarsEqualNumpy) {
  const MemoryWeights stored = fixture("scalars");
  const std::string name = GetParam();
  const tensor::Shape shape = stored.require(name + ".states").shape;
  const std::vector<float>& expected = stored.values(name + ".scalars");
  for (const int threads : {1, 2}) {
    TrajectoryWorkspace workspace(shape[0] + 3, shape[1]);
    const auto found = trajectory_scalars(stored.values(name + ".states"), shape[1], workspace, threads);
    ASSERT_EQ(found.size() * 7, expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
      EXPECT_NEAR(found[i / 7][i % 7], expected[i], 1e-6F) << "state " << i / 7 << " scalar " << i % 7;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Scalars, Trajectory,
                         ::testing::Values("walk", "line", "repeats", "still", "three", "two", "one"),
                         [](const auto& test_case) { return std::string(test_case.param); });

TEST(TrajectoryScalars, StatesThatAreNoNumbersDoNoHarm) {
  std::vector<float> states(40, std::numeric_limits<float>::quiet_NaN());
  TrajectoryWorkspace workspace(10, 4);
  EXPECT_EQ(trajectory_scalars(states, 4, workspace).size(), 10U);
}

}  // namespace
}  // namespace seben::ctc
