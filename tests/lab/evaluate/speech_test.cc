// SPDX-License-Identifier: Apache-2.0
// Speech for measurements without texts: found, cut, and told from what is none.
#include "evaluate/speech.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <numbers>
#include <random>

#include "cli/wav.h"
#include "seben/error.h"
#include "support/errors.h"
#include "support/jfk.h"
#include "support/temp_dir.h"

namespace seben::pipeline {
namespace {

namespace fs = std::filesystem;
using Samples = std::vector<float>;

constexpr std::size_t kMinute = std::size_t{60} * 16000;

Samples white_noise(std::size_t count, float loudness) {
  std::mt19937 random(3);
  std::normal_distribution<float> normal(0.0F, loudness);
  Samples samples(count);
  for (float& x : samples) x = normal(random);
  return samples;
}

class SpeechOfRecordings : public ::testing::Test {
 protected:
  [[nodiscard]] std::string recording(const std::string& name, const Samples& samples) const {
    test::write_file(dir_ / name, test::wav(samples));
    return dir_ / name;
  }
  test::TempDir dir_;
};

TEST_F(SpeechOfRecordings, AShortOneIsOnePiece) {
  const Speech speech = gather_speech({test::kJfk});
  ASSERT_EQ(speech.clips.size(), 1U);
  EXPECT_EQ(speech.clips[0].samples.size(), 176000U);
  EXPECT_EQ(speech.recordings, 1U);
  EXPECT_TRUE(speech.is_all);
  EXPECT_GT(speech.seconds, 7.0);
  EXPECT_LT(speech.seconds, 11.0);
  EXPECT_DOUBLE_EQ(speech.clips[0].speech, speech.seconds);
}

TEST_F(SpeechOfRecordings, ALongOneIsCutWhereItIsQuietAndNothingIsLost) {
  const Samples all = test::jfk_samples(8);  // 92 s
  const Speech speech = gather_speech({recording("long.wav", all)});
  EXPECT_GE(speech.clips.size(), 4U);
  Samples joined;
  for (const Clip& clip : speech.clips) {
    EXPECT_LE(clip.samples.size(), 480000U);
    if (!joined.empty()) {
      const float around = *std::ranges::max_element(clip.samples.begin(), clip.samples.begin() + 160);
      EXPECT_LT(std::abs(around), 0.01F) << "a word is cut at " << static_cast<double>(joined.size()) / 16000.0;
    }
    joined.insert(joined.end(), clip.samples.begin(), clip.samples.end());
  }
  EXPECT_EQ(joined.size(), all.size());
  EXPECT_NEAR(speech.seconds, 8.0 * gather_speech({test::kJfk}).seconds, 8.0);
}

TEST_F(SpeechOfRecordings, APieceOfAWindowIsNotCut) {
  Samples whole = test::jfk_samples(3);
  whole.resize(480000);
  EXPECT_EQ(gather_speech({recording("whole.wav", whole)}).clips.size(), 1U);
}

TEST_F(SpeechOfRecordings, SilenceNoiseAndHumAreNone) {
  Samples brown = white_noise(kMinute, 0.02F);
  for (std::size_t i = 1; i < brown.size(); ++i) brown[i] += 0.98F * brown[i - 1];
  Samples hum(kMinute), dither = white_noise(kMinute, 1e-5F);
  for (std::size_t i = 0; i < hum.size(); ++i) {
    hum[i] = static_cast<float>(0.3 * std::sin(2.0 * std::numbers::pi * 220.0 * static_cast<double>(i) / 16000.0));
  }
  for (const Samples& samples :
       {Samples(kMinute), white_noise(kMinute, 0.1F), white_noise(kMinute, 0.003F), brown, hum, dither}) {
    const Speech speech = gather_speech({recording("none.wav", samples)});
    EXPECT_EQ(speech.seconds, 0.0);
    EXPECT_TRUE(speech.clips.empty());
  }
  EXPECT_EQ(gather_speech({recording("empty.wav", Samples(10))}).seconds, 0.0);
}

TEST_F(SpeechOfRecordings, EachIsListenedToUntilThereIsEnough) {
  Samples other = test::jfk_samples(8);
  for (float& x : other) x *= 0.5F;
  const Speech speech = gather_speech({recording("a.wav", test::jfk_samples(8)), recording("b.wav", other)}, 60.0);
  EXPECT_FALSE(speech.is_all);
  EXPECT_GE(speech.seconds, 60.0);
  EXPECT_LT(speech.seconds, 90.0);
  for (const std::string name : {"a.wav", "b.wav"}) {
    EXPECT_TRUE(std::ranges::any_of(speech.clips, [&](const Clip& clip) { return clip.name == dir_ / name; })) << name;
  }
}

TEST_F(SpeechOfRecordings, TooLittleIsRefusedWithHowMuchItIs) {
  const Speech speech = gather_speech({test::kJfk});
  const auto fails_saying = [&](const std::string& text) {
    return test::fails_with(ErrorCategory::incomplete, text, [&] { require_enough(speech); });
  };
  EXPECT_TRUE(fails_saying("expected at least 60 s of speech, found "));
  EXPECT_TRUE(fails_saying(" s in 1 recording"));
  EXPECT_NO_THROW(require_enough({{}, 1, 60.0, true}));
}

TEST_F(SpeechOfRecordings, AFolderIsItsRecordingsAndEachCountsOnce) {
  fs::create_directory(dir_ / "talks");
  const std::string b = recording("talks/b.WAV", Samples(10)), a = recording("talks/a.wav", Samples(10));
  test::write_file(dir_ / "talks/README.md", "who speaks");
  fs::create_directory(dir_ / "talks/within.wav");
  fs::create_symlink(a, dir_ / "link.wav");
  EXPECT_EQ(find_recordings({dir_ / "talks", b, dir_ / "link.wav"}), (std::vector<std::string>{a, b}));
  EXPECT_EQ(find_recordings({dir_ / "nothere.wav"}), std::vector<std::string>{dir_ / "nothere.wav"})
      << "what cannot be opened says so when it is";

  fs::create_directory(dir_ / "empty");
  EXPECT_TRUE(test::fails_with(ErrorCategory::no_input, "expected recordings in the folder, found none",
                               [&] { (void)find_recordings({dir_ / "empty"}); }));
  const auto many = [&] {
    std::vector<std::string> names;
    for (std::size_t i = 0; i <= kMostRecordings; ++i) names.push_back(dir_ / std::to_string(i));
    (void)find_recordings(names);
  };
  EXPECT_TRUE(test::fails_with(ErrorCategory::usage, "expected at most 200, found 201", many));
}

TEST_F(SpeechOfRecordings, WhatIsNoneOrIsNotThereIsNamed) {
  test::write_file(dir_ / "text.wav", "no sound");
  EXPECT_TRUE(test::is_bad_data("text.wav", [&] { (void)gather_speech({test::kJfk, dir_ / "text.wav"}); }));
  EXPECT_TRUE(test::fails_with(ErrorCategory::no_input, "nothere.wav", [&] {
    (void)gather_speech({test::kJfk, dir_ / "nothere.wav"});
  }));
}

}  // namespace
}  // namespace seben::pipeline
