// SPDX-License-Identifier: Apache-2.0
// Sound that begins late, gaps, and files that end before they say: times are the recording's own.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "audio/decoder.h"
#include "audio/length_claim.h"
#include "core/audio/ffmpeg_program.h"

namespace seben::audio {
namespace {

using testing::fixture;
using testing::fixture_bytes;

std::vector<float> samples_of(AudioDecoder& decoder) { return read_all(decoder); }

double loudest(const std::vector<float>& samples, double from, double to) {
  double most = 0.0;
  for (auto i = static_cast<std::size_t>(from * kSampleRate); i < static_cast<std::size_t>(to * kSampleRate); ++i) {
    most = std::max(most, static_cast<double>(std::abs(samples.at(i))));
  }
  return most;
}

// cases/late-audio-times
TEST(Timeline, SoundThatBeginsAfterThePictureIsWrittenWhereItIsHeard) {
  for (const char* file : {"late.mp4", "late.mkv"}) {
    AudioDecoder decoder = AudioDecoder::open(fixture(file).string());
    const std::vector<float> samples = samples_of(decoder);
    EXPECT_NEAR(static_cast<double>(samples.size()) / kSampleRate, 3.0, 0.06) << file;
    EXPECT_LT(loudest(samples, 0.0, 1.9), 1e-3) << file;
    EXPECT_GT(loudest(samples, 2.05, 2.3), 0.1) << file;
    EXPECT_EQ(decoder.samples_read(), static_cast<std::int64_t>(samples.size()));
    EXPECT_EQ(decoder.warning_count(), 0U) << file;
  }
}

// A sound that is alone in its file is the recording, wherever its container's times begin.
TEST(Timeline, SoundThatIsAloneBeginsAtOnceAndIsNotTakenForCut) {
  AudioDecoder decoder = AudioDecoder::open(fixture("late_alone.webm").string());
  EXPECT_NEAR(decoder.info().duration_seconds.value(), 1.0, 0.06);
  const std::vector<float> samples = samples_of(decoder);
  EXPECT_NEAR(static_cast<double>(samples.size()) / kSampleRate, 1.0, 0.06);
  EXPECT_EQ(decoder.warning_count(), 0U);
}

TEST(Timeline, AGapBetweenPacketsIsSilence) {
  AudioDecoder decoder = AudioDecoder::open(fixture("gap.webm").string());
  const std::vector<float> samples = samples_of(decoder);
  EXPECT_NEAR(static_cast<double>(samples.size()) / kSampleRate, 3.0, 0.06);
  EXPECT_GT(loudest(samples, 0.2, 0.45), 0.1);
  EXPECT_LT(loudest(samples, 0.6, 2.4), 1e-3);
  EXPECT_GT(loudest(samples, 2.6, 2.9), 0.1);
  EXPECT_EQ(decoder.warning_count(), 0U);
}

TEST(Timeline, SilenceComesInPiecesOfAnySize) {
  AudioDecoder whole = AudioDecoder::open(fixture("gap.webm").string());
  const std::vector<float> expected = samples_of(whole);
  for (const std::size_t size : {std::size_t{1}, std::size_t{777}, std::size_t{40000}}) {
    AudioDecoder decoder = AudioDecoder::open(fixture("gap.webm").string());
    std::vector<float> found, block(size);
    while (const std::size_t got = decoder.read(block)) {
      found.insert(found.end(), block.begin(), block.begin() + static_cast<std::ptrdiff_t>(got));
    }
    EXPECT_EQ(found, expected) << size;
  }
}

TEST(Length, FilesThatEndBeforeTheySayAreTold) {
  for (const char* file : {"cut.mkv", "cut.mp3"}) {
    AudioDecoder decoder = AudioDecoder::open(fixture(file).string());
    const std::vector<float> samples = samples_of(decoder);
    const double seconds = static_cast<double>(samples.size()) / kSampleRate;
    EXPECT_LT(seconds, 2.5) << file;
    ASSERT_GE(decoder.warning_count(), 1U) << file;
    EXPECT_NEAR(decoder.warnings().back().seconds, seconds, 0.01);
    EXPECT_EQ(decoder.warnings().back().text.find("the end, of 3.0"), 0U) << decoder.warnings().back().text;
  }
}

TEST(Length, OfAnMp3IsWhatItsFirstFrameCounts) {
  const auto bytes = fixture_bytes("cut.mp3");
  ASSERT_TRUE(mp3_seconds(bytes).has_value());
  EXPECT_NEAR(*mp3_seconds(bytes), 3.0, 0.1);
  EXPECT_FALSE(mp3_seconds(fixture_bytes("tone.wav")).has_value());
  for (std::size_t length = 0; length < 200; ++length) {  // hostile: any beginning, and any byte of it changed
    auto part = std::vector<std::uint8_t>(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(length));
    (void)mp3_seconds(part);
    auto changed = bytes;
    changed[length] ^= 0xFF;
    (void)mp3_seconds(changed);
  }
  const std::vector<std::uint8_t> far{'I', 'D', '3', 4, 0, 0, 0x7F, 0x7F, 0x7F, 0x7F};
  EXPECT_FALSE(mp3_seconds(far).has_value());
}

TEST(Length, OfAWavIsWhatItsSizeMeans) {
  const auto bytes = fixture_bytes("tone.wav");
  ASSERT_TRUE(wav_seconds(bytes).has_value());
  EXPECT_NEAR(*wav_seconds(bytes), 1.0, 1e-9);
  EXPECT_FALSE(wav_seconds(fixture_bytes("tone.mp3")).has_value());
  for (std::size_t length = 0; length < 60; ++length) {
    (void)wav_seconds(std::vector<std::uint8_t>(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(length)));
    auto changed = bytes;
    changed[length] ^= 0xFF;
    (void)wav_seconds(changed);
  }
  auto endless = bytes;
  std::fill_n(endless.begin() + 40, 4, std::uint8_t{0xFF});
  EXPECT_FALSE(wav_seconds(endless).has_value());
}

TEST(Length, OfAMatroskaTrackIsAClock) {
  EXPECT_DOUBLE_EQ(clock_seconds("00:00:17.005000000").value(), 17.005);
  EXPECT_DOUBLE_EQ(clock_seconds("01:02:03").value(), 3723.0);
  for (const char* text : {"", ":", "::", "1:2", "a:b:c", "00:00:-1", "00:00:nan", "00:00:1e9", "00:00:1x"}) {
    EXPECT_FALSE(clock_seconds(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace seben::audio
