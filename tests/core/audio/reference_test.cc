// SPDX-License-Identifier: Apache-2.0
// Samples against Whisper's own loader: equal to 1 LSB is required; so far they are equal.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include "audio/decoder.h"
#include "core/audio/ffmpeg_program.h"
#include "support/shared_data.h"

namespace seben::audio {
namespace {

namespace fs = std::filesystem;
using testing::convert_with_ffmpeg;
using testing::decode_with_ffmpeg;
using testing::fixture;
using testing::has_ffmpeg_program;
using testing::TemporaryFolder;

// Largest difference in units of the last place of s16, or -1 when the lengths differ.
int difference_in_lsb(const fs::path& path) {
  const std::vector<std::int16_t> expected = decode_with_ffmpeg(path);
  EXPECT_FALSE(expected.empty()) << path;
  AudioDecoder decoder = AudioDecoder::open(path.string());
  const std::vector<float> found = read_all(decoder);
  EXPECT_EQ(found.size(), expected.size()) << path;
  if (found.size() != expected.size()) return -1;
  int largest = 0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    largest = std::max(largest, std::abs(static_cast<int>(std::lrint(found[i] * 32768.0F)) - expected[i]));
  }
  return largest;
}

void expect_equal_to_ffmpeg(const fs::path& path) {
  const int difference = difference_in_lsb(path);
  EXPECT_GE(difference, 0) << path;
  EXPECT_LE(difference, 1) << path;
  ::testing::Test::RecordProperty(path.filename().string(), difference);
}

TEST(FfmpegReference, Fixtures) {
  if (!has_ffmpeg_program()) GTEST_SKIP() << "SKIPPED: no ffmpeg program to compare with";
  for (const char* name : {"tone.wav", "stereo_8k_u8.wav", "tone.flac", "tone.mp3", "tone.m4a", "tone.ogg", "tone.webm",
                           "video.mp4", "noise.amr", "noise.3gp"}) {
    expect_equal_to_ffmpeg(fixture(name));
  }
}

TEST(FfmpegReference, SampleFormatsRatesAndContainers) {
  if (!has_ffmpeg_program()) GTEST_SKIP() << "SKIPPED: no ffmpeg program to compare with";
  struct Case {
    const char* arguments;
    const char* name;
  };
  const TemporaryFolder folder;
  for (const Case& c : std::vector<Case>{{"-c:a pcm_s24le -ar 44100", "s24.wav"},
                                         {"-c:a pcm_s32le", "s32.wav"},
                                         {"-c:a pcm_f32le -ar 48000", "f32.wav"},
                                         {"-c:a pcm_f64le -ar 11025", "f64.wav"},
                                         {"-c:a pcm_alaw -ar 8000", "alaw.wav"},
                                         {"-c:a pcm_mulaw", "mulaw.wav"},
                                         {"-c:a adpcm_ms", "adpcm.wav"},
                                         {"-ar 96000", "96k.wav"},
                                         {"-c:a alac -ar 44100", "alac.m4a"},
                                         {"-c:a aac -movflags +frag_keyframe+empty_moov", "fragmented.mp4"},
                                         {"-c:a mp2 -ar 44100 -f mpegts", "transport.ts"},
                                         {"-c:a flac", "flac.mka"},
                                         {"-c:a flac", "flac.ogg"},
                                         {"-ar 44100", "apple.aiff"},
                                         {"-ar 44100", "apple.caf"}}) {
    convert_with_ffmpeg(fixture("tone.wav"), c.arguments, folder.path() / c.name);
    expect_equal_to_ffmpeg(folder.path() / c.name);
  }
}

TEST(FfmpegReference, ChannelsAreMixedDownAlike) {
  if (!has_ffmpeg_program()) GTEST_SKIP() << "SKIPPED: no ffmpeg program to compare with";
  const TemporaryFolder folder;
  for (int channels = 2; channels <= 8; ++channels) {
    std::string pan = "-ar 44100 -af 'pan=" + std::to_string(channels) + "c";
    for (int c = 0; c < channels; ++c) {
      pan += "|c" + std::to_string(c) + "=" + std::to_string(0.9 - 0.1 * c) + "*c0";
    }
    const fs::path path = folder.path() / (std::to_string(channels) + ".wav");
    convert_with_ffmpeg(fixture("tone.wav"), pan + "'", path);
    expect_equal_to_ffmpeg(path);
  }
}

// Gives back the number of recordings.
int expect_folder_equal_to_ffmpeg(const fs::path& folder) {
  int clips = 0;
  int exact = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".md") continue;
    const int difference = difference_in_lsb(entry.path());
    EXPECT_GE(difference, 0) << entry.path();
    EXPECT_LE(difference, 1) << entry.path();
    ++clips;
    exact += difference == 0 ? 1 : 0;
  }
  std::cout << exact << " of " << clips << " real clips equal to the last bit\n";
  return clips;
}

TEST(FfmpegReference, RealClips) {
  if (!has_ffmpeg_program()) GTEST_SKIP() << "SKIPPED: no ffmpeg program to compare with";
  EXPECT_EQ(expect_folder_equal_to_ffmpeg(test::real_recordings()), 4);
}

TEST(FfmpegReference, RealClipsOfSharedData) {
  const fs::path folder = test::shared_data("audio/real");
  SEBEN_SKIP_WITHOUT(folder);
  if (!has_ffmpeg_program()) GTEST_SKIP() << "SKIPPED: no ffmpeg program to compare with";
  EXPECT_GE(expect_folder_equal_to_ffmpeg(folder), 35);
}

}  // namespace
}  // namespace seben::audio
