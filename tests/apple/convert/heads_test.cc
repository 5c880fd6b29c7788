// SPDX-License-Identifier: Apache-2.0
// Heads and encoders as packages against PyTorch (the fixtures of the engine's own tests).
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "convert/encoder.h"
#include "convert/head.h"
#include "formats/safetensors.h"
#include "interpreter/interpreter.h"
#include "model/whisper/encoder.h"
#include "support/errors.h"

namespace seben::convert {
namespace {

using interpreter::Array;
using interpreter::Interpreter;

std::string fixtures() { return std::string(SEBEN_SOURCE_DIR) + "/tests/fixtures/"; }

std::shared_ptr<tensor::SafetensorsFile> open(const std::string& path) {
  return std::make_shared<tensor::SafetensorsFile>(tensor::SafetensorsFile::open(fixtures() + path));
}

double mse(std::span<const float> found, std::span<const float> expected) {
  double sum = 0.0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const double d = static_cast<double>(found[i]) - static_cast<double>(expected[i]);
    sum += d * d;
  }
  return found.size() == expected.size() ? sum / static_cast<double>(expected.size()) : INFINITY;
}

class Heads : public testing::TestWithParam<const char*> {
 protected:
  void expect_reference(const ConversionOptions& conversion, bool flexible, double limit) const {
    const std::string name = std::string("heads/") + GetParam();
    const auto file = open(name + ".safetensors");
    const auto reference = open(name + ".reference.safetensors");
    const HeadSource source{{file, ""}, ctc::HeadConfig::read(*file)};
    const tensor::TensorView& features = reference->require("features");
    const std::int64_t frames = features.shape.at(features.shape.size() - 2);
    const Flexibility lengths = flexible ? Flexibility{{}, 1, frames} : Flexibility{};
    const mil::Model model = head_model(source, conversion, frames, lengths);
    const auto out =
        Interpreter::compile(model, "head", {2, true})
            .run({{"features", Array::floats(tensor::to_float(features), {1, frames, source.config.input_dim})}});
    EXPECT_LE(mse(out.at("logits").values(), tensor::to_float(reference->require("logits"))), limit) << GetParam();
  }
};

TEST_P(Heads, AgreeWithPyTorch) {
  ConversionOptions conversion;
  expect_reference(conversion, false, 1e-10);
  conversion.opset = mil::Opset::ios18;
  expect_reference(conversion, false, 1e-10);
  expect_reference(conversion, true, 1e-10);
}

TEST_P(Heads, NeuralEngineLayoutAgreesOrIsRefused) {
  ConversionOptions conversion;
  conversion.layout = Layout::ane;
  if (std::string_view(GetParam()).find("bilstm") != std::string_view::npos) {
    EXPECT_TRUE(test::fails_with(ErrorCategory::usage, "BiLSTM", [&] { expect_reference(conversion, false, 1e-10); }));
  } else {
    expect_reference(conversion, false, 1e-10);
  }
}

TEST_P(Heads, HalfPrecisionIsCloseAndCloserWithNormsInFp32) {
  ConversionOptions conversion;
  conversion.opset = mil::Opset::ios17;
  conversion.compute = mil::DType::fp16;
  expect_reference(conversion, false, 1e-3);
  conversion.keep_fp32 = {"softmax", "layer_norm", "linear", "conv", "gelu", "matmul", "mul", "add", "lstm"};
  expect_reference(conversion, false, 5e-5);
}

INSTANTIATE_TEST_SUITE_P(Kinds, Heads,
                         testing::Values("bilstm", "conv-bilstm", "conv-bilstm4", "stride1", "stride2", "stride4"),
                         [](const auto& kind) {
                           std::string name = kind.param;
                           std::erase(name, '-');
                           return name;
                         });

TEST(TrajectoryHead, IsRefusedByName) {
  const auto file = open("heads/trajectory.safetensors");
  const HeadSource source{{file, ""}, ctc::HeadConfig::read(*file)};
  EXPECT_TRUE(
      test::fails_with(ErrorCategory::usage, "trajectory", [&] { static_cast<void>(head_model(source, {}, 40, {})); }));
}

class Encoders : public testing::TestWithParam<const char*> {};

TEST_P(Encoders, AgreeWithHuggingFaceWholeAndFlexible) {
  const std::string folder = std::string("whisper/") + GetParam() + "/";
  const auto file = open(folder + "model.safetensors");
  const auto reference = open(folder + "reference.safetensors");
  const EncoderSource source{{file, whisper::encoder_prefix(*file)},
                             whisper::EncoderConfig::load(fixtures() + folder + "config.json")};
  const std::vector<float> mel = tensor::to_float(reference->require("mel"));
  const std::vector<float> expected = tensor::to_float(reference->require("finalnorm"));
  for (const Layout layout : {Layout::sequence, Layout::ane}) {
    for (const Flexibility& lengths : {Flexibility{}, Flexibility{{}, 2, source.config.mel_frames()}}) {
      ConversionOptions conversion;
      conversion.layout = layout;
      const auto out =
          Interpreter::compile(encoder_model(source, conversion, whisper_cpp_names(), lengths), "encoder", {2, true})
              .run({{"logmel_data", Array::floats(mel, {1, source.config.n_mels, source.config.mel_frames()})}});
      EXPECT_LE(mse(out.at("output").values(), expected), 1e-9);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, Encoders, testing::Values("mels80-f32", "mels128-f16"));

TEST(Stages, DeviceSafePlanOfLargeV3HasFourteen) {
  whisper::EncoderConfig config;
  config.layers = 32;
  const auto stages = device_safe_stages(config);
  EXPECT_EQ(stages.size(), 14U);
  EXPECT_EQ(whisper::to_string(stages[1]), "0-2");
  EXPECT_EQ(whisper::to_string(stages[2]), "3");
  EXPECT_EQ(whisper::to_string(stages[11]), "28-30");
  EXPECT_EQ(whisper::to_string(stages[12]), "31");
  EXPECT_EQ(chunked_stages(config, 5).size(), 9U);
}

}  // namespace
}  // namespace seben::convert
