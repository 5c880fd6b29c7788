// SPDX-License-Identifier: Apache-2.0
#include "compress/calibrate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "audio/log_mel.h"
#include "audio/windows.h"
#include "model/whisper/encoder.h"
#include "support/errors.h"
#include "support/temp_dir.h"
#include "support/tiny_whisper_bundle.h"

namespace seben::compress {
namespace {

const std::string kDemo = SEBEN_SOURCE_DIR "/bundles/demo-nko";

std::vector<std::string> samples(std::size_t count) {
  std::vector<std::string> out;
  for (const auto& entry : std::filesystem::directory_iterator(kDemo + "/samples/set")) {
    out.push_back(entry.path().string());
  }
  std::ranges::sort(out);
  out.resize(std::min(count, out.size()));
  return out;
}

bundle::WeightPlan plan_of(const bundle::Bundle& source, const char* codec) {
  const auto spec = quant::parse_weight_codec(codec, "test");
  return bundle::WeightPlan::uniform(source, spec, quant::parse_weight_codec("w8:g32", "test"));
}

std::vector<float> features_of(const std::string& folder, const std::string& recording) {
  const auto bundle = bundle::Bundle::open(folder);
  const whisper::EncoderConfig& config = *bundle.encoder_config();
  const auto encoder = whisper::Encoder::load(*bundle.encoder_weights(), config, {kernels::Precision::f32, 2, {}});
  auto workspace = encoder.make_workspace(2);
  frontend::LogMel log_mel(static_cast<int>(config.n_mels));
  std::vector<float> mel(static_cast<std::size_t>(config.mel_size()));
  std::vector<float> features(static_cast<std::size_t>(config.feature_size()));
  log_mel.compute(audio::first_window(recording), bundle.required().framing.padding, mel);
  encoder.run(mel, features, workspace);
  return features;
}

double distance(const std::vector<float>& a, const std::vector<float>& b, std::size_t count) {
  double sum = 0.0;
  for (std::size_t i = 0; i < count; ++i) {
    const double d = static_cast<double>(a[i]) - static_cast<double>(b[i]);
    sum += d * d;
  }
  return sum;
}

TEST(Calibrate, FeaturesOfOtherSpeechAreNearerThanWithNearestCodes) {
  const test::TempDir dir;
  const auto source = bundle::Bundle::open(kDemo);
  const bundle::WeightPlan plan = plan_of(source, "w3:g32");
  CalibrationOptions options;
  options.threads = 2;
  const std::vector<std::string> heard = samples(12);
  const CalibratedCodes codes = calibrate_codes(source, plan, heard, options);
  EXPECT_EQ(codes.figures.windows, heard.size());
  EXPECT_EQ(codes.matrices.size(), 6U * static_cast<std::size_t>(source.encoder_config()->layers));
  EXPECT_LT(codes.figures.encoder.chosen, 0.6 * codes.figures.encoder.nearest);
  bundle::quantize_bundle(source, plan, dir / "chosen", {}, codes.coder());
  bundle::quantize_bundle(source, plan, dir / "nearest", {});
  const std::string other = kDemo + "/samples/unseen.wav";
  ASSERT_EQ(std::ranges::count(heard, other), 0);
  const auto exact = features_of(kDemo, other);
  const std::size_t sound = 100 * static_cast<std::size_t>(source.encoder_config()->d_model);
  EXPECT_LT(distance(features_of(dir / "chosen", other), exact, sound),
            0.7 * distance(features_of(dir / "nearest", other), exact, sound));
}

TEST(Calibrate, TooLittleSpeechIsRefused) {
  const auto source = bundle::Bundle::open(kDemo);
  EXPECT_TRUE(test::fails_with(ErrorCategory::incomplete,
                               "calibration: expected speech of at least 768 frames of 20 ms",
                               [&] { (void)calibrate_codes(source, plan_of(source, "w4:g32"), samples(1), {}); }));
  EXPECT_TRUE(test::fails_with(ErrorCategory::no_input, "nothere.wav",
                               [&] { (void)calibrate_codes(source, plan_of(source, "w4:g32"), {"nothere.wav"}, {}); }));
  EXPECT_TRUE(test::fails_with(ErrorCategory::usage, "multiple of the group of 128", [&] {  // before anything is heard
    (void)calibrate_codes(source, plan_of(source, "w4:g128"), {"nothere.wav"}, {});
  }));
}

TEST(Calibrate, TextDecodersHaveCodesByWhatTheyRead) {
  const test::TempDir dir;
  const auto source = bundle::Bundle::open(test::make_whisper_bundle(dir, "tiny", false));
  bundle::WeightPlan plan = plan_of(source, "w3:g16");
  plan.code_decoders(quant::parse_weight_codec("w3:g16", "test"));
  plan.parts = {{"decoder.layers.0.fc1", bundle::WeightPlan::kAsItIs}};
  CalibrationOptions options;
  options.language = "en";
  const CalibratedCodes codes = calibrate_codes(source, plan, samples(6), options);
  EXPECT_GT(codes.figures.tokens, 16U);
  EXPECT_LT(codes.figures.decoders.chosen, 0.95 * codes.figures.decoders.nearest);
  // Ten matrices a layer, of one and two layers, fc1 of each first one kept; two layers of the encoder.
  const auto encoder_layers = static_cast<std::size_t>(source.encoder_config()->layers);
  EXPECT_EQ(codes.matrices.size(), 6 * encoder_layers + 9U + 19U);
  bundle::quantize_bundle(source, plan, dir / "chosen", {}, codes.coder());
  bundle::quantize_bundle(source, plan, dir / "nearest", {});
  const auto chosen = bundle::Bundle::open(dir / "chosen"), nearest = bundle::Bundle::open(dir / "nearest");
  for (const char* name : {"first", "second"}) {
    const auto values = [&](const bundle::Bundle& bundle, const char* tensor) {
      return tensor::to_float(bundle.decoder(name).weights->require(std::string("model.decoder.") + tensor));
    };
    EXPECT_NE(values(chosen, "layers.0.encoder_attn.k_proj.weight"),
              values(nearest, "layers.0.encoder_attn.k_proj.weight"));
    EXPECT_EQ(values(chosen, "embed_tokens.weight"), values(nearest, "embed_tokens.weight"));
    EXPECT_EQ(values(chosen, "layers.0.fc1.weight"), values(source, "layers.0.fc1.weight"));
  }
  options.threads = 3;
  const CalibratedCodes again = calibrate_codes(source, plan, samples(6), options);
  for (const auto& [view, matrix] : codes.matrices)
    EXPECT_EQ(again.matrices.at(view).codes, matrix.codes) << view->name;
}

}  // namespace
}  // namespace seben::compress
