// SPDX-License-Identifier: Apache-2.0
// Arithmetics of a text decoder against f32, without texts.
#include "evaluate/agreement.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <random>
#include <utility>

#include "cli/wav.h"
#include "seben/error.h"
#include "support/errors.h"
#include "support/jfk.h"
#include "support/real_models.h"
#include "support/temp_dir.h"
#include "support/tiny_whisper_bundle.h"

namespace seben::pipeline {
namespace {

Clip tone(const std::string& name, double seconds, double hertz) {
  Clip clip{name, {}, seconds};
  for (std::size_t i = 0; i < static_cast<std::size_t>(seconds * 16000.0); ++i) {
    clip.samples.push_back(
        static_cast<float>(0.3 * std::sin(2.0 * std::numbers::pi * hertz * static_cast<double>(i) / 16000.0)));
  }
  return clip;
}

Speech said(std::vector<Clip> clips) {
  Speech speech;
  speech.recordings = clips.size();
  for (const Clip& clip : clips) speech.seconds += clip.speech;
  speech.clips = std::move(clips);
  return speech;
}

const bundle::Gate& gate_of(const bundle::PrecisionRecord& record, std::string_view name) {
  return *std::ranges::find(record.gates, name, &bundle::Gate::name);
}

class Agreement : public ::testing::Test {
 protected:
  [[nodiscard]] bundle::Bundle tiny() const {
    return bundle::Bundle::open(test::make_whisper_bundle(dir_, "bundle", false));
  }
  test::TempDir dir_;
};

TEST_F(Agreement, SaysHowFarAnArithmeticIsFromF32AndOnWhat) {
  const bundle::Bundle bundle = tiny();
  AgreementRequest request;
  request.decoder = "second";
  request.precisions = {"bf16"};
  std::size_t last = 0;
  request.progress = [&](std::size_t done, std::size_t total) {
    EXPECT_EQ(total, 4U);
    last = done;
  };
  const auto records = measure_agreement(bundle, said({tone("a", 2.0, 220.0), tone("b", 1.0, 440.0)}), request);
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(last, 4U);
  const bundle::PrecisionRecord& record = records[0];
  EXPECT_EQ(record.precision, "bf16");
  EXPECT_EQ(record.utterances, 2);
  EXPECT_GT(gate_of(record, "feature_error").value, 0.0);
  EXPECT_LT(gate_of(record, "feature_error").value, 0.05);
  EXPECT_GE(gate_of(record, "divergence").value, 0.0);
  EXPECT_LE(gate_of(record, "seconds").value, 3.0);
  EXPECT_NE(record.evaluation.find("decoder second: agreement with f32 on "), std::string::npos);
  EXPECT_NE(record.evaluation.find(" s of speech in 2 recordings"), std::string::npos) << record.evaluation;
  EXPECT_FALSE(record.admitted()) << "three seconds, and a model that guesses";
}

TEST_F(Agreement, WhatCannotBeComparedIsRefused) {
  const bundle::Bundle bundle = tiny();
  const auto refused = [&](const std::string& precision, const Clip& clip) {
    AgreementRequest request;
    request.precisions = {precision};
    return test::fails_with(ErrorCategory::usage, "", [&] { (void)measure_agreement(bundle, said({clip}), request); });
  };
  EXPECT_TRUE(refused("f32", tone("a", 1.0, 220.0)));
  EXPECT_TRUE(refused("affine8:g32", tone("a", 1.0, 220.0)));
  EXPECT_TRUE(refused("bf16", tone("a", 31.0, 220.0)));
}

// Of speech that a model knows; the weights are not random, so that figures mean something.
TEST(RealModels, AgreementOnSpeechAdmitsInt8AndOnNoiseNothing) {
  SEBEN_SKIP_WITHOUT_REAL("bundles/tiny.en/bundle.json");
  const bundle::Bundle bundle = bundle::Bundle::open(test::real_model("bundles/tiny.en"));
  const test::TempDir dir;
  AgreementRequest request;
  request.precisions = {"int8", "bf16"};
  request.threads = 2;
  std::vector<std::string> recordings;  // apart, as a text that repeats itself is none to the reference
  for (int i = 0; i < 8; ++i) {
    std::vector<float> samples = test::jfk_samples();
    for (float& x : samples) x *= 1.0F - 0.1F * static_cast<float>(i);
    recordings.push_back(dir / std::to_string(i));
    test::write_file(recordings.back(), test::wav(samples));
  }
  for (const bundle::PrecisionRecord& record : measure_agreement(bundle, gather_speech(recordings), request)) {
    for (const bundle::Gate& gate : record.gates) EXPECT_TRUE(gate.holds()) << gate.name << " " << gate.value;
    EXPECT_TRUE(record.admitted()) << record.precision;
  }

  // What no detector of speech can tell from it: noise that comes and goes. The reference makes nothing of it.
  std::mt19937 random(5);
  std::normal_distribution<float> normal(0.0F, 1.0F);
  std::vector<Clip> clips;
  for (int i = 0; i < 3; ++i) {
    Clip clip{"bursts", std::vector<float>(480000), 25.0};
    float x = 0.0F;
    for (std::size_t s = 0; s < clip.samples.size(); ++s) {
      x = 0.97F * x + normal(random);
      clip.samples[s] = (s / 4000 % 3 == 0 ? 0.001F : 0.03F) * x;
    }
    clips.push_back(std::move(clip));
  }
  request.precisions = {"int8"};
  const auto records = measure_agreement(bundle, said(std::move(clips)), request);
  EXPECT_FALSE(records.at(0).admitted()) << records[0].evaluation;
}

}  // namespace
}  // namespace seben::pipeline
