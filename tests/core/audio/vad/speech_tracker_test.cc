// SPDX-License-Identifier: Apache-2.0
// Where speech begins and ends, told while the sound comes in, beside what the detector of whole recordings finds.
#include "audio/vad/speech_tracker.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "audio/vad/silero_file.h"
#include "audio/vad/silero_ranges.h"
#include "audio/vad/speech_detector.h"
#include "invented_silero.h"

namespace seben::generate {
namespace {

constexpr double kTwoPi = 6.283185307179586;

/// Noise, and voices (a tone with overtones) between the given seconds.
std::vector<float> sound(double seconds, const std::vector<std::pair<double, double>>& voices, float noise = 0.001F) {
  std::mt19937 random(5);
  std::vector<float> out(static_cast<std::size_t>(seconds * 16000.0));
  for (std::size_t i = 0; i < out.size(); ++i) {
    const double t = static_cast<double>(i) / 16000.0;
    out[i] = noise * (static_cast<float>(random()) * 0x1p-31F - 1.0F);
    for (const auto& [from, to] : voices) {
      if (t < from || t >= to) continue;
      for (int k = 1; k < 5; ++k) out[i] += static_cast<float>(0.1 / k * std::sin(kTwoPi * 160.0 * k * t));
    }
  }
  return out;
}

std::vector<SpeechEdge> edges_of(SpeechTracker& tracker, std::span<const float> samples, std::uint32_t seed = 0) {
  std::mt19937 random(seed);
  std::vector<SpeechEdge> out;
  while (!samples.empty()) {
    const std::size_t count = seed == 0 ? samples.size() : std::min<std::size_t>(random() % 1500, samples.size());
    tracker.push(samples.first(count), out);
    samples = samples.subspan(count);
  }
  return out;
}

TEST(EnergyTracker, TellsBeginningsAndEndsInTurns) {
  const auto samples = sound(10.0, {{1.0, 2.5}, {2.7, 3.0}, {5.0, 7.0}});
  const auto tracker = track_by_energy(0.6);
  const auto edges = edges_of(*tracker, samples);
  ASSERT_EQ(edges.size(), 4U);
  const std::vector<double> places{1.0, 3.0, 5.0, 7.0};
  for (std::size_t i = 0; i < edges.size(); ++i) {
    EXPECT_EQ(edges[i].begins, i % 2 == 0);
    EXPECT_NEAR(static_cast<double>(edges[i].at) / 16000.0, places[i], 0.045) << i;
  }
  EXPECT_FALSE(tracker->speaking());
}

TEST(EnergyTracker, FindsWhatTheDetectorOfWholeRecordingsFinds) {
  const auto samples = sound(20.0, {{2.0, 3.0}, {6.0, 8.5}, {12.0, 15.0}}, 0.003F);
  SpeechOptions options;
  options.margin = 0.0;
  options.min_silence = 0.6;
  const auto ranges = find_speech(samples, options);
  const auto tracker = track_by_energy(0.6);
  const auto edges = edges_of(*tracker, samples);
  ASSERT_EQ(edges.size(), ranges.size() * 2);
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    EXPECT_NEAR(static_cast<double>(edges[2 * i].at), static_cast<double>(ranges[i].first), 640.0);
    EXPECT_NEAR(static_cast<double>(edges[2 * i + 1].at), static_cast<double>(ranges[i].end), 640.0);
  }
}

TEST(EnergyTracker, ClicksNeitherBeginNorProlongSpeech) {
  const auto tracker = track_by_energy(0.5);
  const auto edges = edges_of(*tracker, sound(6.0, {{0.5, 0.54}, {2.0, 3.0}, {3.3, 3.34}, {5.0, 5.04}}));
  ASSERT_EQ(edges.size(), 2U);
  EXPECT_NEAR(static_cast<double>(edges[1].at) / 16000.0, 3.0, 0.045);
}

// A fan that is switched on is speech for a moment at most; then it is the background.
TEST(EnergyTracker, TheBackgroundMayChange) {
  auto samples = sound(60.0, {{55.0, 56.0}});
  const auto loud = sound(60.0, {}, 0.01F);
  for (std::size_t i = 160000; i < samples.size(); ++i) samples[i] += loud[i];
  const auto tracker = track_by_energy(0.5);
  const auto edges = edges_of(*tracker, samples);
  ASSERT_GE(edges.size(), 2U);
  EXPECT_FALSE(tracker->speaking());
  EXPECT_NEAR(static_cast<double>(edges[edges.size() - 2].at) / 16000.0, 55.0, 0.045);
}

TEST(SpeechTracker, DoesNotDependOnThePieces) {
  const auto samples = sound(10.0, {{1.0, 2.5}, {2.7, 3.0}, {5.0, 7.0}});
  const auto model = std::make_shared<const Silero>(Silero::from(SileroFile::view(test::silero_bytes(), "invented")));
  for (std::uint32_t seed = 1; seed < 4; ++seed) {
    EXPECT_EQ(edges_of(*track_by_energy(0.6), samples, seed), edges_of(*track_by_energy(0.6), samples));
    EXPECT_EQ(edges_of(*track_by_silero(model, 0.6), samples, seed), edges_of(*track_by_silero(model, 0.6), samples));
  }
}

TEST(SileroTracker, TellsTheRangesOfTheNetwork) {
  const auto model = std::make_shared<const Silero>(Silero::from(SileroFile::view(test::silero_bytes(), "invented")));
  std::mt19937 random(9);
  std::vector<float> samples(16000 * 30);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const float loud = (i / 24000) % 2 == 0 ? 0.5F : 0.01F;
    samples[i] = loud * (static_cast<float>(random()) * 0x1p-31F - 1.0F);
  }
  SileroOptions options;
  options.min_silence = 0.3;
  options.min_speech = 0.0;
  options.margin = 0.0;
  const auto ranges = find_speech(*model, samples, options);
  const auto tracker = track_by_silero(model, 0.3);
  const auto edges = edges_of(*tracker, samples);
  std::size_t at = 0;
  for (const SpeechRange& range : ranges) {  // those that last long enough to be told
    if (at < edges.size() && edges[at].at == range.first) {
      EXPECT_TRUE(edges[at].begins);
      if (at + 1 < edges.size()) {
        EXPECT_EQ(edges[at + 1].at, range.end);
      }
      at += 2;
    } else {
      EXPECT_LT(range.end - range.first, 1600 + kSileroWindow);
    }
  }
  EXPECT_GE(at, edges.size());
}

}  // namespace
}  // namespace seben::generate
