// SPDX-License-Identifier: Apache-2.0
// What is not a recording, or not a whole one.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <limits>
#include <string>
#include <vector>

#include "audio/decoder.h"
#include "core/audio/ffmpeg_program.h"
#include "seben/error.h"

namespace seben::audio {
namespace {

using testing::fixture;
using testing::fixture_bytes;
using testing::TemporaryFolder;
using Bytes = std::vector<std::uint8_t>;

class BadAudio : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { configure_ffmpeg_for_this_process(); }
};

struct WavHeader {
  std::uint32_t rate = 16000;
  std::uint16_t channels = 1;
  std::uint16_t bits = 16;
  std::uint32_t data_size = 0;
  std::uint16_t format = 1;  // PCM
};

Bytes wav(const WavHeader& header, std::size_t bytes_of_sound) {
  Bytes out;
  const auto text = [&](const char* four) { out.insert(out.end(), four, four + 4); };
  const auto number = [&](std::uint64_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
  };
  const auto align = static_cast<std::uint16_t>(header.channels * header.bits / 8);
  text("RIFF");
  number(std::uint64_t{header.data_size} + 36, 4);
  text("WAVE");
  text("fmt ");
  number(16, 4);
  number(header.format, 2);
  number(header.channels, 2);
  number(header.rate, 4);
  number(std::uint64_t{header.rate} * align, 4);
  number(align, 2);
  number(header.bits, 2);
  text("data");
  number(header.data_size, 4);
  for (std::size_t i = 0; i < bytes_of_sound; ++i) out.push_back(static_cast<std::uint8_t>(i * 37));
  return out;
}

// The error of opening and reading everything; fails the test when there is none.
Error error_of(Bytes bytes, bool seekable = true) {
  try {
    AudioDecoder decoder = AudioDecoder::open(memory_byte_source(std::move(bytes), "clip", seekable));
    const std::size_t got = read_all(decoder).size();
    ADD_FAILURE() << "no error, " << got << " samples";
  } catch (const Error& error) {
    return error;
  }
  return {ErrorCategory::internal, "none", "", ""};
}

void expect_bad_data(const Error& error, const std::string& where, const std::string& found) {
  EXPECT_EQ(error.category(), ErrorCategory::bad_data) << error.what();
  EXPECT_NE(error.where().find(where), std::string::npos) << error.what();
  EXPECT_NE(error.found().find(found), std::string::npos) << error.what();
}

Bytes from_text(const std::string& text) { return {text.begin(), text.end()}; }

TEST_F(BadAudio, EmptyFile) { expect_bad_data(error_of({}), "clip", "an empty file"); }

TEST_F(BadAudio, TextNamedAsARecording) {
  const TemporaryFolder folder;
  std::string text;
  for (int i = 0; i < 400; ++i) text += "This line is not a sound.\n";
  for (const char* name : {"text.wav", "text.mp3", "text.flac", "text.ogg"}) {
    const std::string path = (folder.path() / name).string();
    std::ofstream(path) << text;
    try {
      AudioDecoder decoder = AudioDecoder::open(path);
      (void)read_all(decoder);
      ADD_FAILURE() << path;
    } catch (const Error& error) {
      EXPECT_EQ(error.category(), ErrorCategory::bad_data) << error.what();
      EXPECT_NE(error.where().find(path), std::string::npos) << error.what();
    }
  }
}

TEST_F(BadAudio, VideoWithoutSound) {
  expect_bad_data(error_of(fixture_bytes("video_without_sound.mp4")), "clip", "only video (h264)");
}

TEST_F(BadAudio, MissingFileAndFolder) {
  for (const std::string& path : {std::string("/nonexistent/clip.wav"), std::string(SEBEN_SOURCE_DIR)}) {
    try {
      (void)AudioDecoder::open(path);
      ADD_FAILURE() << path;
    } catch (const Error& error) {
      EXPECT_EQ(error.category(), ErrorCategory::no_input) << error.what();
    }
  }
}

TEST_F(BadAudio, NoSamples) {
  EXPECT_EQ(error_of(wav({}, 0)).category(), ErrorCategory::bad_data);
  EXPECT_EQ(error_of(wav({}, 1)).category(), ErrorCategory::bad_data);
}

TEST_F(BadAudio, AbsurdHeaders) {
  expect_bad_data(error_of(wav({.rate = 1000000000, .data_size = 8000}, 8000)), "sample rate", "1000000000 Hz");
  expect_bad_data(error_of(wav({.rate = 1, .data_size = 8000}, 8000)), "sample rate", "1 Hz");
  expect_bad_data(error_of(wav({.channels = 255, .data_size = 51000}, 51000)), "channels", "255 channels");
  EXPECT_EQ(error_of(wav({.channels = 0, .data_size = 8000}, 8000)).category(), ErrorCategory::bad_data);
  EXPECT_EQ(error_of(wav({.rate = 0, .data_size = 8000}, 8000)).category(), ErrorCategory::bad_data);
  EXPECT_EQ(error_of(wav({.data_size = 8000, .format = 0x7777}, 8000)).category(), ErrorCategory::bad_data);
}

TEST_F(BadAudio, WavThatClaimsFourGigabytes) {
  for (const std::uint32_t claimed : {0xFFFFFFFFU, 0xFFFFFFFEU, 0x7FFFFFFFU}) {
    for (const bool seekable : {true, false}) {
      AudioDecoder decoder = AudioDecoder::open(memory_byte_source(wav({.data_size = claimed}, 32000), "c", seekable));
      EXPECT_EQ(read_all(decoder).size(), 16000U) << claimed;
    }
  }
}

// As recorders write it into a pipe, and as it looks when that was saved.
TEST_F(BadAudio, AWavThatDoesNotKnowItsLengthIsWhole) {
  for (const std::uint32_t claimed : {0U, 0xFFFFFFFFU, 0xFFFFFFFEU, 0x7FFFFFFFU, 0x80000000U, 0x7FFFF000U}) {
    for (const bool seekable : {true, false}) {
      AudioDecoder decoder = AudioDecoder::open(memory_byte_source(wav({.data_size = claimed}, 32000), "c", seekable));
      EXPECT_EQ(read_all(decoder).size(), 16000U) << claimed;
      EXPECT_EQ(decoder.warning_count(), 0U) << claimed << (seekable ? "" : ", through a pipe");
    }
  }
}

TEST_F(BadAudio, AWavThatIsShorterThanItSaysIsCut) {
  for (const bool seekable : {true, false}) {
    AudioDecoder decoder = AudioDecoder::open(memory_byte_source(wav({.data_size = 64000}, 32000), "c", seekable));
    EXPECT_EQ(read_all(decoder).size(), 16000U);
    ASSERT_EQ(decoder.warning_count(), 2U) << seekable;
    EXPECT_EQ(decoder.warnings()[0].text, "damaged or cut packet");
    EXPECT_NEAR(decoder.warnings()[0].seconds, 0.9, 0.1);
    EXPECT_EQ(decoder.warnings()[1].text.find("the end, of 2.00 s"), 0U) << decoder.warnings()[1].text;
  }
}

// Core Audio's own way to say so.
TEST_F(BadAudio, ACafThatDoesNotKnowItsLengthIsWhole) {
  Bytes out = from_text("caff");
  const auto number = [&](std::uint64_t value, int bytes) {
    while (bytes-- > 0) out.push_back(static_cast<std::uint8_t>(value >> (8 * bytes)));
  };
  const auto text = [&](const char* four) { out.insert(out.end(), four, four + 4); };
  number(1, 2), number(0, 2);
  text("desc"), number(32, 8);
  number(0x40CF400000000000, 8);  // 16000.0
  text("lpcm"), number(0, 4), number(2, 4), number(1, 4), number(1, 4), number(16, 4);
  text("data"), number(~std::uint64_t{0}, 8), number(0, 4);
  for (std::size_t i = 0; i < 32000; ++i) out.push_back(static_cast<std::uint8_t>(i * 37));
  AudioDecoder decoder = AudioDecoder::open(memory_byte_source(std::move(out), "clip"));
  EXPECT_EQ(read_all(decoder).size(), 16000U);
  EXPECT_EQ(decoder.warning_count(), 0U);
}

TEST_F(BadAudio, SamplesThatAreNoNumbersBecomeSilenceAndAreTold) {
  Bytes bytes = wav({.bits = 32, .data_size = 64000, .format = 3}, 0);
  for (std::size_t i = 0; i < 16000; ++i) {
    float value = 0.25F;
    if (i >= 3000 && i < 9000) value = std::numeric_limits<float>::quiet_NaN();
    if (i == 15000) value = -std::numeric_limits<float>::infinity();
    const auto* raw = reinterpret_cast<const std::uint8_t*>(&value);
    bytes.insert(bytes.end(), raw, raw + 4);
  }
  AudioDecoder decoder = AudioDecoder::open(memory_byte_source(std::move(bytes), "clip"));
  const std::vector<float> samples = read_all(decoder);
  ASSERT_EQ(samples.size(), 16000U);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const bool odd = (i >= 3000 && i < 9000) || i == 15000;
    ASSERT_EQ(samples[i], odd ? 0.0F : 0.25F) << i;
  }
  ASSERT_EQ(decoder.warning_count(), 2U);
  EXPECT_EQ(decoder.warnings()[0].text, "6000 samples that are no finite numbers, taken as silence");
  EXPECT_NEAR(decoder.warnings()[0].seconds, 0.15, 0.1);
  EXPECT_EQ(decoder.warnings()[1].text, "1 sample that is no finite number, taken as silence");
}

// Two channels as float32: `left`, `right` give the sample of a moment.
template <typename Left, typename Right>
Bytes two_channels(std::size_t samples, Left left, Right right) {
  Bytes bytes = wav({.channels = 2, .bits = 32, .data_size = static_cast<std::uint32_t>(samples * 8), .format = 3}, 0);
  for (std::size_t i = 0; i < samples; ++i) {
    for (const float value : {left(i), right(i)}) {
      const auto* raw = reinterpret_cast<const std::uint8_t*>(&value);
      bytes.insert(bytes.end(), raw, raw + 4);
    }
  }
  return bytes;
}

float tone(std::size_t i) { return 0.3F * static_cast<float>(std::sin(0.05 * static_cast<double>(i))); }

TEST_F(BadAudio, ChannelsInOppositePhaseAreToldOnce) {
  const auto opposite = [](std::size_t i) { return -tone(i); };
  const auto silent = [](std::size_t) { return 0.0F; };
  AudioDecoder cancelling = AudioDecoder::open(memory_byte_source(two_channels(40000, tone, opposite), "clip"));
  (void)read_all(cancelling);
  ASSERT_EQ(cancelling.warning_count(), 1U);
  EXPECT_NE(cancelling.warnings()[0].text.find("opposite phase), in 3 of 3 seconds"), std::string::npos)
      << cancelling.warnings()[0].text;
  const auto louder = [](std::size_t i) { return -0.5F * tone(i); };
  for (Bytes bytes : {two_channels(40000, tone, tone), two_channels(40000, tone, silent),
                      two_channels(40000, silent, silent), two_channels(40000, tone, louder)}) {
    AudioDecoder decoder = AudioDecoder::open(memory_byte_source(std::move(bytes), "clip"));
    (void)read_all(decoder);
    EXPECT_EQ(decoder.warning_count(), 0U);
  }
}

TEST_F(BadAudio, SamplesFarOutsideTheRangeAreToldOnce) {
  const auto loud = [](std::size_t i) { return i % 100 == 7 ? -32768.0F : 1.3F * tone(i); };
  AudioDecoder decoder = AudioDecoder::open(memory_byte_source(two_channels(40000, loud, tone), "clip"));
  (void)read_all(decoder);
  ASSERT_EQ(decoder.warning_count(), 1U);
  EXPECT_EQ(decoder.warnings()[0].text, "400 samples far outside of [-1, 1], up to 32768: clipped");
}

TEST_F(BadAudio, NothingElseIsEverOpened) {
  const std::string inner = fixture("tone.wav").string();
  const std::string playlist = "#EXTM3U\n#EXT-X-TARGETDURATION:3\n#EXTINF:1,\n";
  const std::vector<std::string> texts = {
      "ffconcat version 1.0\nfile '" + inner + "'\n",
      playlist + "file://" + inner + "\n#EXT-X-ENDLIST\n",
      playlist + "http://localhost:9/x.ts\n#EXT-X-ENDLIST\n",
      "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 5004 RTP/AVP 0\n",
  };
  for (const std::string& text : texts) {
    EXPECT_EQ(error_of(from_text(text)).category(), ErrorCategory::bad_data) << text;
  }
}

class Damaged : public BadAudio, public ::testing::WithParamInterface<const char*> {};

TEST_P(Damaged, TruncatedAnywhereIsAnErrorOrAShorterRecording) {
  const Bytes whole = fixture_bytes(GetParam());
  AudioDecoder reference = AudioDecoder::open(memory_byte_source(whole, "whole"));
  const std::size_t full = read_all(reference).size();
  for (std::size_t size = 0; size < whole.size(); size += 1 + whole.size() / 60) {
    for (const bool seekable : {true, false}) {
      const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
      try {
        AudioDecoder decoder = AudioDecoder::open(memory_byte_source(cut, "cut", seekable));
        const std::size_t got = read_all(decoder).size();
        EXPECT_GT(got, 0U);
        EXPECT_LE(got, full + 1200) << "cut at " << size;  // a file whose end is cut off loses its trimming marks
      } catch (const Error& error) {
        EXPECT_EQ(error.category(), ErrorCategory::bad_data) << error.what();
      }
    }
  }
}

TEST_P(Damaged, FlippedBytesNeverCrash) {
  const Bytes whole = fixture_bytes(GetParam());
  std::uint32_t state = 12345;
  const auto random = [&] { return (state = state * 1664525U + 1013904223U) >> 8U; };
  for (int round = 0; round < 40; ++round) {
    Bytes bytes = whole;
    for (int i = 0; i < 1 + round % 8; ++i) bytes[random() % bytes.size()] = static_cast<std::uint8_t>(random());
    try {
      AudioDecoder decoder = AudioDecoder::open(memory_byte_source(std::move(bytes), "flipped"));
      std::vector<float> block(16000);
      for (int reads = 0; reads < 60 && decoder.read(block) > 0; ++reads) {
      }
    } catch (const Error& error) {
      EXPECT_EQ(error.category(), ErrorCategory::bad_data) << error.what();
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Audio, Damaged,
                         ::testing::Values("tone.wav", "tone.flac", "tone.mp3", "tone.m4a", "tone.ogg", "tone.webm",
                                           "video.mp4", "noise.amr", "noise.3gp", "two_formats.aac"),
                         [](const auto& instance) {
                           std::string name = instance.param;
                           std::replace(name.begin(), name.end(), '.', '_');
                           return name;
                         });

TEST_F(BadAudio, CorruptPacketIsSkippedWithItsTime) {
  Bytes bytes = fixture_bytes("tone.m4a");
  const auto mdat = std::search(bytes.begin(), bytes.end(), std::begin("mdat"), std::end("mdat") - 1);
  ASSERT_NE(mdat, bytes.end());
  std::fill_n(mdat + 3000, 160, std::uint8_t{0xFF});  // about the middle of 5.6 kB of sound
  AudioDecoder decoder = AudioDecoder::open(memory_byte_source(std::move(bytes), "clip"));
  const std::size_t got = read_all(decoder).size();
  EXPECT_GT(got, 15000U);
  EXPECT_LE(got, 16400U);
  ASSERT_GE(decoder.warning_count(), 1U);
  EXPECT_EQ(decoder.warning_count(), decoder.warnings().size());
  for (const Warning& warning : decoder.warnings()) {
    EXPECT_GT(warning.seconds, 0.3);
    EXPECT_LT(warning.seconds, 0.7);
    EXPECT_NE(warning.text.find("packet"), std::string::npos);
  }
}

TEST_F(BadAudio, NothingDecodableIsAnError) {
  Bytes bytes = fixture_bytes("tone.m4a");
  const auto mdat = std::search(bytes.begin(), bytes.end(), std::begin("mdat"), std::end("mdat") - 1);
  const auto moov = std::search(bytes.begin(), bytes.end(), std::begin("moov"), std::end("moov") - 1);
  ASSERT_LT(mdat, moov);
  std::fill(mdat + 4, moov - 4, std::uint8_t{0xFF});
  const Error error = error_of(std::move(bytes));
  expect_bad_data(error, "clip", "none (");
}

}  // namespace
}  // namespace seben::audio
