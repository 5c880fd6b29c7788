// SPDX-License-Identifier: Apache-2.0
// Loops, silence, and the path of time.
#include "decode/whisper/guards.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>
#include <random>

#include "audio/vad/speech_detector.h"
#include "decode/whisper/word_times.h"
#include "support/errors.h"

namespace seben::generate {
namespace {

using Tokens = std::vector<std::int32_t>;

Tokens repeated(const Tokens& piece, int times) {
  Tokens out;
  for (int i = 0; i < times; ++i) out.insert(out.end(), piece.begin(), piece.end());
  return out;
}

TEST(Repetition, IsFoundWhereverItIs) {
  Tokens text = {9, 8, 7};
  const Tokens loop = repeated({1, 2, 3}, 5);
  text.insert(text.end(), loop.begin(), loop.end());
  EXPECT_TRUE(ends_in_loop(text));
  text.push_back(4);
  EXPECT_FALSE(ends_in_loop(text));
  const auto found = find_repetition(text);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->first, 3);
  EXPECT_EQ(found->period, 3);
  EXPECT_EQ(found->repeats, 5);
}

TEST(Repetition, ShortOnesAndOrdinaryTextAreNone) {
  EXPECT_FALSE(find_repetition(repeated({5}, 11)).has_value());
  EXPECT_TRUE(find_repetition(repeated({5}, 12)).has_value());
  EXPECT_FALSE(find_repetition(repeated({1, 2, 3, 4, 5, 6}, 3)).has_value());
  EXPECT_FALSE(find_repetition({}).has_value());
  std::mt19937 random(2);
  Tokens text(400);
  for (auto& t : text) t = static_cast<std::int32_t>(random() % 50);
  EXPECT_FALSE(find_repetition(text).has_value());
}

constexpr double kRate = 16000.0;

// A voice as far as the detector is concerned: harmonics of 140 Hz that rise and fall four times a second.
void speak(std::vector<float>& samples, double from, double to, double level) {
  for (auto i = static_cast<std::size_t>(from * kRate); i < static_cast<std::size_t>(to * kRate); ++i) {
    const double t = static_cast<double>(i) / kRate;
    double sum = 0.0;
    for (int k = 1; k <= 12; ++k) sum += std::sin(2.0 * std::numbers::pi * 140.0 * k * t) / k;
    samples[i] += static_cast<float>(level * sum * (0.6 + 0.4 * std::sin(2.0 * std::numbers::pi * 4.0 * t)));
  }
}

std::vector<float> noise(double seconds, float level) {
  std::vector<float> out(static_cast<std::size_t>(seconds * kRate));
  std::mt19937 random(7);
  std::normal_distribution<float> normal(0.0F, level);
  for (float& v : out) v = normal(random);
  return out;
}

TEST(SpeechDetector, FindsWhereSomebodySpeaks) {
  for (const float level : {0.0F, 0.0005F, 0.005F}) {
    std::vector<float> samples = noise(6.0, level);
    speak(samples, 1.0, 2.5, 0.1);
    speak(samples, 4.0, 5.0, 0.05);
    const auto found = find_speech(samples);
    ASSERT_EQ(found.size(), 2U) << level;
    EXPECT_NEAR(static_cast<double>(found[0].first) / kRate, 0.9, 0.06);
    EXPECT_NEAR(static_cast<double>(found[0].end) / kRate, 2.6, 0.06);
    EXPECT_NEAR(static_cast<double>(found[1].first) / kRate, 3.9, 0.06);
    EXPECT_NEAR(static_cast<double>(found[1].end) / kRate, 5.1, 0.06);
    EXPECT_TRUE(is_silent(found, 0, 14000));
    EXPECT_TRUE(is_silent(found, 43000, 61000));
    EXPECT_FALSE(is_silent(found, 0, 16000));
  }
}

TEST(SpeechDetector, SilenceNoiseAndClicksAreNoSpeech) {
  EXPECT_TRUE(find_speech(std::vector<float>(160000, 0.0F)).empty());
  for (const float level : {0.0001F, 0.01F, 0.2F}) EXPECT_TRUE(find_speech(noise(10.0, level)).empty()) << level;
  std::vector<float> clicks = noise(5.0, 0.0002F);
  speak(clicks, 2.0, 2.03, 0.3);
  EXPECT_TRUE(find_speech(clicks).empty());
  EXPECT_TRUE(find_speech({}).empty());
  EXPECT_TRUE(find_speech(std::vector<float>(100, 0.5F)).empty());
}

TEST(SpeechDetector, SpeechWithoutPausesIsAllSpeech) {
  std::vector<float> samples(48000, 0.0F);
  speak(samples, 0.0, 3.0, 0.1);
  EXPECT_EQ(find_speech(samples), (std::vector<SpeechRange>{{0, 48000}}));
}

TEST(SpeechDetector, RefusesWhatIsNoSample) {
  std::vector<float> samples(1000, 0.0F);
  samples[700] = std::numeric_limits<float>::infinity();
  EXPECT_TRUE(test::is_bad_data("at 700", [&] { (void)find_speech(samples); }));
}

TEST(TimeWarp, IsMonotoneCompleteAndCheapest) {
  std::mt19937 random(3);
  std::uniform_real_distribution<float> uniform(-1.0F, 1.0F);
  for (int trial = 0; trial < 60; ++trial) {
    const auto rows = static_cast<std::int64_t>(1 + random() % 6),
               columns = static_cast<std::int64_t>(1 + random() % 7);
    std::vector<float> cost(static_cast<std::size_t>(rows * columns));
    for (float& c : cost) c = uniform(random);
    const auto at = [&](std::int64_t i, std::int64_t j) { return cost[static_cast<std::size_t>(i * columns + j)]; };
    const auto path = time_warp(cost, rows, columns);
    ASSERT_EQ(path.front(), (std::pair<std::int64_t, std::int64_t>{0, 0}));
    ASSERT_EQ(path.back(), (std::pair{rows - 1, columns - 1}));
    double sum = static_cast<double>(at(0, 0));
    for (std::size_t i = 1; i < path.size(); ++i) {
      const auto di = path[i].first - path[i - 1].first, dj = path[i].second - path[i - 1].second;
      ASSERT_TRUE((di == 0 || di == 1) && (dj == 0 || dj == 1) && di + dj > 0);
      sum += static_cast<double>(at(path[i].first, path[i].second));
    }
    // All paths, one after the other.
    const std::function<double(std::int64_t, std::int64_t)> cheapest = [&](std::int64_t i, std::int64_t j) -> double {
      const auto here = static_cast<double>(at(i, j));
      if (i == 0 && j == 0) return here;
      double best = std::numeric_limits<double>::infinity();
      if (i > 0) best = std::min(best, cheapest(i - 1, j));
      if (j > 0) best = std::min(best, cheapest(i, j - 1));
      if (i > 0 && j > 0) best = std::min(best, cheapest(i - 1, j - 1));
      return here + best;
    };
    EXPECT_NEAR(sum, cheapest(rows - 1, columns - 1), 1e-5);
  }
}

TEST(MedianFilter, ReflectsAtTheEnds) {
  std::vector<float> x = {5, 1, 4, 2, 9, 3, 7, 0, 6};
  median_filter(x, 9, 3);
  EXPECT_EQ(x, (std::vector<float>{1, 4, 2, 4, 3, 7, 3, 6, 0}));
  std::vector<float> narrow = {3, 1, 2};
  median_filter(narrow, 3, 7);
  EXPECT_EQ(narrow, (std::vector<float>{3, 1, 2}));
}

TEST(Punctuation, JoinsItsWords) {
  std::vector<WordTime> words = {{" (", {1}, 0, 1, 1}, {"a", {2}, 1, 2, 1}, {",", {3}, 2, 3, 1},
                                 {" b", {4}, 3, 4, 1}, {".", {5}, 4, 5, 1}, {")", {6}, 5, 6, 1}};
  merge_punctuation(words);
  std::vector<std::string> texts;
  for (const WordTime& word : words) texts.push_back(word.text);
  EXPECT_EQ(texts, (std::vector<std::string>{"", " (a,", "", " b.)", "", ""}));
  EXPECT_EQ(words[1].tokens, (Tokens{1, 2, 3}));
  EXPECT_EQ(words[3].tokens, (Tokens{4, 5, 6}));
}

}  // namespace
}  // namespace seben::generate
