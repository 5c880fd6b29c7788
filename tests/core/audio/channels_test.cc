// SPDX-License-Identifier: Apache-2.0
// One channel alone: the samples of a recording that has only that one.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <cmath>
#include <thread>

#include "audio/decoder.h"
#include "core/audio/ffmpeg_program.h"
#include "support/channels_wav.h"
#include "support/errors.h"
#include "support/temp_dir.h"

namespace seben::audio {
namespace {

using test::is_bad_data;
using Samples = std::vector<float>;

Samples tone(double hertz, std::size_t count, std::uint32_t rate) {
  Samples out(count);
  for (std::size_t i = 0; i < count; ++i) {
    out[i] = 0.4F * static_cast<float>(std::sin(6.283185307 * hertz * static_cast<double>(i) / rate));
  }
  return out;
}

Samples decode(const std::string& wav, int channel) {
  AudioDecoder decoder = AudioDecoder::open(memory_byte_source({wav.begin(), wav.end()}, "call.wav"), channel);
  return read_all(decoder);
}

TEST(Channels, EachIsTheRecordingThatHasOnlyThatOne) {
  for (const std::uint32_t rate : {8000U, 16000U, 44100U}) {
    const Samples a = tone(300, 40'000, rate), b = tone(1100, 40'000, rate), c(40'000, 0.0F);
    const std::string call = test::channels_wav({a, b, c}, rate);
    EXPECT_EQ(decode(call, 1), decode(test::channels_wav({a}, rate), 0)) << rate;
    EXPECT_EQ(decode(call, 2), decode(test::channels_wav({b}, rate), 0)) << rate;
    const Samples silence = decode(call, 3);
    EXPECT_EQ(silence, Samples(silence.size(), 0.0F)) << rate;
    EXPECT_NE(decode(call, 0), decode(call, 1)) << rate;
  }
  const std::string mono = test::channels_wav({tone(300, 1000, 16000)});
  EXPECT_EQ(decode(mono, 1), decode(mono, 0));
}

TEST(Channels, PlanarSamplesAreThoseOfTheProgram) {
  if (!testing::has_ffmpeg_program()) GTEST_SKIP() << "SKIPPED: no ffmpeg program to compare with";
  const testing::TemporaryFolder folder;
  const std::string wav = folder.path() / "call.wav";
  test::write_file(wav, test::channels_wav({tone(300, 90'000, 44100), tone(1100, 90'000, 44100)}, 44100));
  testing::convert_with_ffmpeg(wav, "-c:a aac", folder.path() / "call.m4a");
  for (int channel = 1; channel <= 2; ++channel) {
    const auto alone = folder.path() / ("alone" + std::to_string(channel) + ".wav");
    testing::convert_with_ffmpeg(folder.path() / "call.m4a",
                                 "-af pan=mono\\|c0=c" + std::to_string(channel - 1) + " -c:a pcm_s16le -ar 16000",
                                 alone);
    AudioDecoder ours = AudioDecoder::open(folder.path() / "call.m4a", channel), theirs = AudioDecoder::open(alone);
    const Samples found = read_all(ours), expected = read_all(theirs);
    ASSERT_EQ(found.size(), expected.size());
    float most = 0.0F;
    for (std::size_t i = 0; i < found.size(); ++i) most = std::max(most, std::abs(found[i] - expected[i]));
    EXPECT_LE(most, 1.0F / 32768.0F);
  }
}

TEST(Channels, OneThatIsNotThereIsRefused) {
  const std::string mono = test::channels_wav({tone(300, 1000, 16000)});
  EXPECT_TRUE(is_bad_data("call.wav: channels: expected channel 2, found 1 channel", [&] { (void)decode(mono, 2); }));
  EXPECT_TRUE(is_bad_data("channel -1", [&] { (void)decode(mono, -1); }));
}

TEST(Channels, AReplayReadsAFileAndAPipeSeveralTimes) {
  const test::TempDir dir;
  const Samples a = tone(300, 20'000, 16000), b = tone(1100, 20'000, 16000);
  const std::string call = test::channels_wav({a, b});
  test::write_file(dir / "call.wav", call);
  ASSERT_EQ(::mkfifo((dir / "pipe.wav").c_str(), 0600), 0);
  const std::jthread writer([&] { test::write_file(dir / "pipe.wav", call); });
  for (const char* name : {"call.wav", "pipe.wav"}) {
    Replay replay = Replay::open(open_byte_source(dir / name));
    for (const int channel : {2, 1, 2}) {
      AudioDecoder decoder = replay.decoder(channel);
      EXPECT_EQ(read_all(decoder), decode(call, channel)) << name;
    }
  }
  EXPECT_TRUE(test::fails_with(ErrorCategory::no_input, "gone.wav",
                               [&] { (void)Replay::open(open_byte_source(dir / "gone.wav")); }));
}

}  // namespace
}  // namespace seben::audio
