// SPDX-License-Identifier: Apache-2.0
#include "import/import.h"

#include <gtest/gtest.h>

#include <csignal>
#include <cstring>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/interrupt.h"
#include "support/errors.h"
#include "support/tiny_model.h"

namespace seben::bundle {
namespace {

namespace fs = std::filesystem;
using test::fails_with;
using test::is_bad_data;

class ImportTest : public ::testing::Test {
 protected:
  void SetUp() override { options_ = test::write_tiny_sources(dir_); }

  void write_head(const tensor::Metadata& metadata) const { test::tiny_head(sizes_).write(options_.head, metadata); }
  [[nodiscard]] auto import() const {
    return [this] { import_bundle(options_); };
  }
  // The import has failed and left nothing.
  [[nodiscard]] bool is_clean() const {
    for (const auto& entry : fs::directory_iterator(dir_.str())) {
      if (entry.path().filename().string().starts_with("bundle")) return false;
    }
    return true;
  }

  test::TinySizes sizes_;
  test::TempDir dir_;
  ImportOptions options_;
};

TEST_F(ImportTest, KeepsEveryNumberAndDropsTheDecoder) {
  std::uint64_t last = 0;
  std::uint64_t total = 0;
  import_bundle(options_,
                [&](std::uint64_t done, std::uint64_t all) { EXPECT_GT(done, last), last = done, total = all; });
  EXPECT_EQ(last, total);
  const Bundle bundle = Bundle::open(options_.out);
  const auto source = tensor::open_weights(options_.encoder);
  for (const std::string& name : bundle.encoder_weights()->names()) {
    EXPECT_EQ(tensor::to_float(bundle.encoder_weights()->require(name)), tensor::to_float(source->require(name)));
  }
  EXPECT_EQ(bundle.encoder_weights()->names().size() + 1, source->names().size());
  EXPECT_EQ(bundle.encoder_weights()->find("model.decoder.something"), nullptr);
  const auto provenance = nlohmann::json::parse(bundle.manifest().provenance);
  EXPECT_EQ(provenance["import"]["encoder"], "hf");
  EXPECT_EQ(provenance["import"]["contract"], "derived from the encoder at import");
}

TEST_F(ImportTest, TheEncodersDigestIsThatOfItsNumbers) {
  import_bundle(options_);
  const std::string digest = Bundle::open(options_.out).manifest().provides->weights;
  // Another prefix, other metadata, sharded: the same encoder.
  fs::remove_all(options_.out);
  const auto source = tensor::open_weights(options_.encoder);
  std::vector<tensor::TensorView> first;
  std::vector<tensor::TensorView> second;
  nlohmann::json map;
  for (const std::string& name : source->names()) {
    if (!name.starts_with("model.encoder.")) continue;
    tensor::TensorView view = source->require(name);
    view.name = name.substr(6);
    (map.size() % 2 == 0 ? first : second).push_back(view);
    map[view.name] = map.size() % 2 == 0 ? "a.safetensors" : "b.safetensors";
  }
  fs::create_directories(dir_ / "sharded");
  tensor::write_safetensors(dir_ / "sharded/a.safetensors", first, {{"x", "y"}});
  tensor::write_safetensors(dir_ / "sharded/b.safetensors", second, {});
  test::write_file(dir_ / "sharded/model.safetensors.index.json", nlohmann::json{{"weight_map", map}}.dump());
  test::write_file(dir_ / "sharded/config.json", test::tiny_config(sizes_));
  options_.encoder = dir_ / "sharded";
  import_bundle(options_);
  EXPECT_EQ(Bundle::open(options_.out).manifest().provides->weights, digest);
  // One bit less, and it is another.
  fs::remove_all(options_.out);
  test::RandomTensors changed = test::tiny_encoder(sizes_);
  changed.values("model.encoder.conv1.bias")[0] += 1e-6F;
  changed.write(dir_ / "hf/model.safetensors");
  options_.encoder = dir_ / "hf";
  import_bundle(options_);
  EXPECT_NE(Bundle::open(options_.out).manifest().provides->weights, digest);
}

TEST_F(ImportTest, WhatTheHeadDoesNotTellMustBeGiven) {
  const tensor::Metadata all = test::tiny_head_metadata(sizes_);
  for (const auto& [key, value] : all) {
    tensor::Metadata less = all;
    less.erase(key);
    write_head(less);
    EXPECT_TRUE(fails_with(ErrorCategory::usage, key + ": expected", import()));
    EXPECT_TRUE(is_clean());
  }
  write_head({});
  options_.head_options = {"transformer", 4, 2, 65, 1};
  EXPECT_NO_THROW(import()());
  EXPECT_EQ(Bundle::open(options_.out).head_config().stride, 4);
}

TEST_F(ImportTest, OptionsMayNotContradictTheHead) {
  options_.head_options.stride = 2;
  EXPECT_TRUE(
      fails_with(ErrorCategory::usage, "metadata seben.head.stride: expected the value given, 2, found 4", import()));
  options_.head_options.stride = 4;
  EXPECT_NO_THROW(import()());
}

TEST_F(ImportTest, MissingOptionsAreUsageErrors) {
  for (std::string ImportOptions::*member : {&ImportOptions::out, &ImportOptions::head, &ImportOptions::vocabulary,
                                             &ImportOptions::name, &ImportOptions::licence}) {
    ImportOptions options = options_;
    (options.*member).clear();
    EXPECT_TRUE(fails_with(ErrorCategory::usage, "option ", [&] { import_bundle(options); }));
  }
}

TEST_F(ImportTest, NumbersThatAreNotFiniteAreRefusedByName) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  test::RandomTensors encoder = test::tiny_encoder(sizes_);
  encoder.values("model.encoder.layers.1.fc1.weight")[7] = nan;
  encoder.write(dir_ / "hf/model.safetensors");
  EXPECT_TRUE(
      is_bad_data("model.encoder.layers.1.fc1.weight: expected finite values, found nan at element 7", import()));
  EXPECT_TRUE(is_clean());
  test::tiny_encoder(sizes_).write(dir_ / "hf/model.safetensors");
  test::RandomTensors head = test::tiny_head(sizes_);
  head.values("output_proj.weight")[3] = -std::numeric_limits<float>::infinity();
  head.write(options_.head, test::tiny_head_metadata(sizes_));
  EXPECT_TRUE(is_bad_data("output_proj.weight", import()));
  EXPECT_TRUE(is_clean());
}

TEST_F(ImportTest, TensorsThatNoHeadHasAreRefused) {
  test::RandomTensors head = test::tiny_head(sizes_);
  head.add("surprise.weight", {2});
  head.write(options_.head, test::tiny_head_metadata(sizes_));
  EXPECT_TRUE(is_bad_data("surprise.weight", import()));
  EXPECT_TRUE(is_clean());
}

TEST_F(ImportTest, AHeadOfAnotherWidthIsRefused) {
  test::TinySizes wide = sizes_;
  wide.d_model = 32;
  test::tiny_head(wide).write(options_.head, test::tiny_head_metadata(sizes_));
  EXPECT_TRUE(is_bad_data("expected 32, found 16", import()));
  EXPECT_TRUE(is_clean());
}

TEST_F(ImportTest, AStatedContractIsCompared) {
  import_bundle(options_);
  frontend::FeatureContract contract = Bundle::open(options_.out).required();
  fs::remove_all(options_.out);
  tensor::Metadata metadata = test::tiny_head_metadata(sizes_);
  metadata["seben.contract"] = frontend::to_text(contract);
  metadata.erase("seben.head.feature_stride");
  write_head(metadata);
  EXPECT_NO_THROW(import()());
  fs::remove_all(options_.out);

  contract.weights = std::string(64, 'e');
  metadata["seben.contract"] = frontend::to_text(contract);
  write_head(metadata);
  EXPECT_TRUE(is_bad_data("weights digest differs", import()));
  EXPECT_TRUE(is_clean());

  metadata["seben.head.feature_stride"] = "4";
  write_head(metadata);
  EXPECT_TRUE(fails_with(ErrorCategory::usage, "feature_stride: expected 1, as the head's contract says", import()));
  metadata["seben.contract"] = "{";
  write_head(metadata);
  EXPECT_TRUE(is_bad_data("head.safetensors: metadata seben.contract", import()));
  EXPECT_TRUE(is_clean());
}

TEST_F(ImportTest, WithoutAnEncoderTheHeadMustStateItsContract) {
  import_bundle(options_);
  const frontend::FeatureContract contract = Bundle::open(options_.out).required();
  fs::remove_all(options_.out);
  options_.encoder.clear();
  EXPECT_TRUE(fails_with(ErrorCategory::usage, "the head's contract, as there is no encoder", import()));
  options_.contract = dir_ / "contract.json";
  test::write_file(options_.contract, frontend::to_text(contract));
  import_bundle(options_);
  const Bundle bundle = Bundle::open(options_.out);
  EXPECT_EQ(bundle.encoder_weights(), nullptr);
  EXPECT_FALSE(bundle.manifest().provides);
  EXPECT_EQ(bundle.required(), contract);
  EXPECT_TRUE(is_bad_data("features come from outside", [&] { (void)bundle.provided(kernels::Precision::f32); }));
}

TEST_F(ImportTest, AnExtractorThatThinsItsFramesProvidesFewer) {
  write_head({{"seben.head.kind", "transformer"},
              {"seben.head.stride", "1"},
              {"seben.head.heads", "2"},
              {"seben.head.blank", "65"},
              {"seben.head.feature_stride", "4"}});
  import_bundle(options_);
  const Bundle bundle = Bundle::open(options_.out);
  EXPECT_EQ(bundle.subsample(), 4);
  EXPECT_EQ(bundle.manifest().provides->frames, 3);
  EXPECT_EQ(bundle.required().output_frames, 3);
  EXPECT_EQ(bundle.required().extractor_stride, 4);
}

TEST_F(ImportTest, ThePreprocessorMustBeWhispers) {
  test::write_file(dir_ / "hf/preprocessor_config.json",
                   R"({"feature_size": 80, "hop_length": 160, "sampling_rate": 16000})");
  EXPECT_NO_THROW(import()());
  fs::remove_all(options_.out);
  test::write_file(dir_ / "hf/preprocessor_config.json", R"({"feature_size": 128})");
  EXPECT_TRUE(is_bad_data("preprocessor_config.json: feature_size: expected 80, found 128", import()));
  test::write_file(dir_ / "hf/preprocessor_config.json", R"({"hop_length": 320})");
  EXPECT_TRUE(is_bad_data("hop_length: expected 160, found 320", import()));
}

TEST_F(ImportTest, AnInterruptLeavesNothing) {
  EXPECT_THROW(import_bundle(options_, [](std::uint64_t, std::uint64_t) { base::request_interrupt(SIGINT); }),
               base::Interrupted);
  base::clear_interrupt();
  EXPECT_TRUE(is_clean());
}

TEST_F(ImportTest, HalfPrecisionStaysHalf) {
  std::vector<std::vector<std::uint16_t>> storage;
  std::vector<tensor::TensorView> views;
  const auto source = tensor::open_weights(options_.encoder);
  for (const std::string& name : source->names()) {
    tensor::TensorView view = source->require(name);
    std::vector<std::uint16_t> zeros(static_cast<std::size_t>(view.elements()), 0x3c00);
    storage.push_back(std::move(zeros));
    view.dtype = tensor::DType::f16;
    view.data = reinterpret_cast<const std::byte*>(storage.back().data());
    views.push_back(view);
  }
  tensor::write_safetensors(dir_ / "half.safetensors", views, {});
  fs::rename(dir_ / "half.safetensors", dir_ / "hf/model.safetensors");
  import_bundle(options_);
  const Bundle bundle = Bundle::open(options_.out);
  for (const std::string& name : bundle.encoder_weights()->names()) {
    EXPECT_EQ(bundle.encoder_weights()->require(name).dtype, tensor::DType::f16);
  }
}

}  // namespace
}  // namespace seben::bundle
