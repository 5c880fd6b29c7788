// SPDX-License-Identifier: Apache-2.0
#include "decode/ctc/blank_guard.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <random>

#include "support/random_log_probs.h"

namespace seben::ctc {
namespace {

using generate::speech_energy;
using generate::SpeechEnergy;

constexpr std::size_t kSecond = 16000;

std::vector<float> noise(double seconds, float amplitude, std::uint32_t seed = 1) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0.0F, amplitude);
  std::vector<float> out(static_cast<std::size_t>(seconds * kSecond));
  for (float& x : out) x = normal(random);
  return out;
}

// A voice-like sound: a buzz at 120 Hz that swells and fades three times a second.
void add_speech(std::vector<float>& samples, double from, double to, float amplitude) {
  for (auto i = static_cast<std::size_t>(from * kSecond); i < static_cast<std::size_t>(to * kSecond); ++i) {
    const double t = static_cast<double>(i) / kSecond;
    const double swell = std::max(0.0, std::sin(2.0 * std::numbers::pi * 3.0 * t));
    samples[i] += amplitude * static_cast<float>(swell * std::sin(2.0 * std::numbers::pi * 120.0 * t));
  }
}

LogProbs all_blank(double mass) {
  return test::from_probabilities(std::vector<std::vector<double>>(50, {(1.0 - mass) / 2, (1.0 - mass) / 2, mass}));
}

TEST(BlankStatistics, MeasuresMassShareAndMostFrequentClass) {
  const LogProbs utterance = test::from_probabilities({{0.1, 0.2, 0.7}, {0.6, 0.1, 0.3}, {0.5, 0.3, 0.2}, {0, 0, 1}});
  const BlankStatistics found = blank_statistics(utterance.view(), 2);
  EXPECT_NEAR(found.mean_mass, (0.7 + 0.3 + 0.2 + 1.0) / 4, 1e-6);
  EXPECT_NEAR(found.blank_share, 0.5, 1e-12);
  EXPECT_EQ(found.best_class, 0);  // as frequent as the blank, and lower
  EXPECT_EQ(blank_statistics(utterance.view(), 0).best_class, 0);
}

TEST(SpeechEnergy, SilenceAndSteadyNoiseAreNotSpeech) {
  EXPECT_FALSE(speech_energy({}).likely_speech());
  EXPECT_FALSE(speech_energy(std::vector<float>(100, 0.5F)).likely_speech());  // less than one frame
  EXPECT_FALSE(speech_energy(std::vector<float>(10 * kSecond, 0.0F)).likely_speech());
  for (const float amplitude : {1e-4F, 1e-2F, 0.3F}) {
    EXPECT_FALSE(speech_energy(noise(10.0, amplitude)).likely_speech()) << amplitude;
  }
}

TEST(SpeechEnergy, SpeechIsFoundInSilenceAndInNoise) {
  for (const float background : {0.0F, 1e-4F, 3e-3F}) {
    std::vector<float> samples = noise(10.0, background);
    add_speech(samples, 2.0, 5.0, 0.2F);
    const SpeechEnergy found = speech_energy(samples);
    EXPECT_TRUE(found.likely_speech()) << background;
    EXPECT_GT(found.seconds, 0.8);
    EXPECT_LT(found.seconds, 3.0);
    EXPECT_NEAR(found.peak_dbfs, 20.0 * std::log10(0.2 / std::numbers::sqrt2), 2.0);
  }
}

TEST(SpeechEnergy, FaintSoundBelowTheFloorIsNotSpeech) {
  std::vector<float> samples(10 * kSecond, 0.0F);
  add_speech(samples, 2.0, 5.0, 5e-4F);
  EXPECT_FALSE(speech_energy(samples).likely_speech());
}

TEST(BlankGuard, AllBlankOverSpeechIsSuspect) {
  std::vector<float> samples(10 * kSecond, 0.0F);
  add_speech(samples, 2.0, 5.0, 0.2F);
  const SpeechEnergy speech = speech_energy(samples);
  const std::string reason = suspect_blank(blank_statistics(all_blank(0.999).view(), 2), speech);
  EXPECT_NE(reason.find("every frame is blank"), std::string::npos) << reason;
  EXPECT_EQ(reason.find('\n'), std::string::npos);
}

TEST(BlankGuard, SilenceThatReadsAsNothingIsFine) {
  const SpeechEnergy silence = speech_energy(noise(10.0, 1e-4F));
  EXPECT_EQ(suspect_blank(blank_statistics(all_blank(0.999).view(), 2), silence), "");
}

TEST(BlankGuard, OneSymbolIsEnoughToBeBelieved) {
  std::vector<float> samples(10 * kSecond, 0.0F);
  add_speech(samples, 2.0, 5.0, 0.2F);
  LogProbs utterance = all_blank(0.999);
  for (std::size_t c = 0; c < 3; ++c) utterance.values[30 + c] = c == 1 ? std::log(0.8F) : std::log(0.1F);
  EXPECT_EQ(suspect_blank(blank_statistics(utterance.view(), 2), speech_energy(samples)), "");
}

TEST(BlankGuard, SilenceShowsAWrongBlank) {
  const BlankStatistics silent = blank_statistics(all_blank(0.9).view(), 2);
  EXPECT_EQ(silence_mismatch(silent, 2), "");
  const std::string reason = silence_mismatch(silent, 0);
  EXPECT_NE(reason.find("vocabulary mismatch"), std::string::npos);
  EXPECT_NE(reason.find("class is 2"), std::string::npos) << reason;
  EXPECT_NE(reason.find("blank is 0"), std::string::npos) << reason;
}

}  // namespace
}  // namespace seben::ctc
