// SPDX-License-Identifier: Apache-2.0
#include "quant/coded_weights.h"

#include <gtest/gtest.h>

#include <cmath>

#include "support/errors.h"
#include "support/random_frames.h"
#include "support/temp_dir.h"

namespace seben::quant {
namespace {

tensor::TensorView view(const std::string& name, const tensor::Shape& shape, const std::vector<float>& values) {
  tensor::TensorView v;
  v.name = name;
  v.source = "weights";
  v.shape = shape;
  v.data = reinterpret_cast<const std::byte*>(values.data());
  return v;
}

// Writes one coded matrix and one plain vector; returns the path.
class CodedWeights : public testing::Test {
 protected:
  std::string write(const std::string& codec, const tensor::Shape& shape, tensor::Metadata metadata = {}) {
    std::int64_t count = 1;
    for (const std::int64_t size : shape) count *= size;
    values_ = normal_values(static_cast<std::size_t>(count), 5);
    coded_ = code_matrix(view("fc.weight", shape, values_), parse_weight_codec(codec, "test"), &error_);
    std::vector<tensor::TensorSpec> specs;
    append_specs(coded_, specs, metadata);
    specs.push_back({"fc.bias", tensor::DType::f32, {4}});
    tensor::SafetensorsWriter writer(dir_ / "w.safetensors", specs, metadata);
    writer.append(coded_.codes);
    writer.append(coded_.scales);
    writer.append(coded_.zeros);
    const std::vector<float> bias{1, 2, 3, 4};
    writer.append(std::as_bytes(std::span(bias)));
    writer.commit();
    return dir_ / "w.safetensors";
  }

  test::TempDir dir_;
  std::vector<float> values_;
  CodedMatrix coded_;
  double error_ = 0.0;
};

TEST_F(CodedWeights, AreReadAsOneTensorByRowsAndAsAWhole) {
  for (const char* codec : {"w4:g32", "w8:g64", "w3:g16:asym", "w5:g128"}) {
    const auto file = open_stored_weights(write(codec, {6, 256}));
    EXPECT_EQ(file->names(), (std::vector<std::string>{"fc.bias", "fc.weight"}));
    const tensor::TensorView& w = file->require("fc.weight", {6, 256});
    ASSERT_EQ(w.dtype, tensor::DType::coded);
    EXPECT_EQ(w.coded->codec(), codec);
    EXPECT_EQ(w.bytes(), coded_.bytes());
    EXPECT_EQ(w.bytes(), stored_bytes({6, 256}, parse_weight_codec(codec, "test")));
    EXPECT_NO_THROW(w.coded->check());
    const std::vector<float> whole = tensor::to_float(w);
    double error = 0.0;
    for (std::size_t i = 0; i < whole.size(); ++i) error += std::pow(static_cast<double>(whole[i] - values_[i]), 2);
    EXPECT_NEAR(error / error_, 1.0, 1e-6);
    EXPECT_LT(error / static_cast<double>(whole.size()), 0.05);
    const std::vector<float> row = tensor::to_float(tensor::row_of(w, 4));
    EXPECT_TRUE(std::equal(row.begin(), row.end(), whole.begin() + 4 * 256));
    EXPECT_EQ(tensor::to_float(file->require("fc.bias", {4})), (std::vector<float>{1, 2, 3, 4}));
    EXPECT_EQ(file->total_bytes(), coded_.bytes() + 16);
  }
}

TEST_F(CodedWeights, PublishedCodesAreNoCodecOfTheFile) {
  EXPECT_EQ(weight_codec_of(*open_stored_weights(write("w5:g32", {4, 64}))), "w5:g32");
  const auto published = open_stored_weights(write("w5:g32", {4, 64}, {{std::string(kCodesKey), "published"}}));
  EXPECT_EQ(weight_codec_of(*published), "");
  EXPECT_EQ(published->require("fc.weight").coded->codec(), "w5:g32");
  EXPECT_EQ(weight_codec_of(*open_stored_weights(write("w5:g32", {4, 64}, {{std::string(kCodesKey), "PUBLISHED"}}))),
            "w5:g32");
  EXPECT_EQ(joint_codec("", "w4:g32"), "w4:g32");
  EXPECT_EQ(joint_codec("w4:g32", ""), "w4:g32");
  EXPECT_EQ(joint_codec("w4:g32", "w4:g32"), "w4:g32");
  EXPECT_EQ(joint_codec("w4:g32", "w8:g32"), "mixed");
}

TEST_F(CodedWeights, ConvolutionsAreCodedByTheirOutputs) {
  const auto file = open_stored_weights(write("w8:g32", {4, 32, 5}));
  const tensor::TensorView& w = file->require("fc.weight", {4, 32, 5});
  const std::vector<float> row = tensor::to_float(tensor::row_of(w, 2));
  ASSERT_EQ(row.size(), 160U);
  for (std::size_t i = 0; i < row.size(); ++i) EXPECT_NEAR(row[i], values_[2 * 160 + i], 0.03);
}

TEST_F(CodedWeights, RefusesMatricesThatCannotBeCoded) {
  const std::vector<float> values = normal_values(40 * 3, 1);
  EXPECT_TRUE(test::fails_with(ErrorCategory::usage, "multiple of the group of 32", [&] {
    (void)code_matrix(view("fc.weight", {3, 40}, values), parse_weight_codec("w4:g32", "test"));
  }));
  std::vector<float> huge(64, 1.0F);
  huge[40] = 70000.0F;
  EXPECT_TRUE(test::fails_with(ErrorCategory::bad_data, "row 1", [&] {
    (void)code_matrix(view("fc.weight", {2, 32}, huge), parse_weight_codec("w4:g32", "test"));
  }));
}

TEST_F(CodedWeights, RefusesDamagedFiles) {
  const auto refused = [&](const std::string& text, const std::string& entry) {
    std::vector<tensor::TensorSpec> specs;
    tensor::Metadata metadata;
    values_ = normal_values(6 * 64, 5);
    coded_ = code_matrix(view("fc.weight", {6, 64}, values_), parse_weight_codec("w4:g32", "test"));
    append_specs(coded_, specs, metadata);
    metadata["seben.codec.fc.weight"] = entry;
    tensor::SafetensorsWriter writer(dir_ / "bad.safetensors", specs, metadata);
    writer.append(coded_.codes);
    writer.append(coded_.scales);
    writer.commit();
    EXPECT_TRUE(test::fails_with(ErrorCategory::bad_data, text, [&] {
      (void)open_stored_weights(dir_ / "bad.safetensors");
    })) << entry;
  };
  refused("a codec and a shape", "w4:g32");
  refused("a codec and a shape", "w7:g32 [6, 64]");
  refused("a codec and a shape", "w4:g32 [6, 64");
  refused("a codec and a shape", "w4:g32 [6, 0]");
  refused("a codec and a shape", "w4:g32 [6]");
  refused("a codec and a shape", "w4:g32 [99999999999, 64]");
  refused("a codec and a shape", "fp16 [6, 64]");
  refused("fc.weight.codes", "w4:g32 [6, 128]");
  refused("fc.weight.codes", "w8:g32 [6, 64]");
  refused("fc.weight.scales", "w4:g64 [6, 64]");
  refused("fc.weight.zeros", "w4:g32:asym [6, 64]");
  std::vector<tensor::TensorSpec> specs;
  tensor::Metadata metadata;
  append_specs(coded_, specs, metadata);
  coded_.scales[1] = std::byte{0x7C};  // infinity
  coded_.scales[0] = std::byte{0};
  tensor::SafetensorsWriter writer(dir_ / "inf.safetensors", specs, metadata);
  writer.append(coded_.codes);
  writer.append(coded_.scales);
  writer.commit();
  const auto file = open_stored_weights(dir_ / "inf.safetensors");
  EXPECT_TRUE(test::fails_with(ErrorCategory::bad_data, "fc.weight.scales",
                               [&] { file->require("fc.weight").coded->check(); }));
}

}  // namespace
}  // namespace seben::quant
