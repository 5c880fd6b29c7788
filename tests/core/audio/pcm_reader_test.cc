// SPDX-License-Identifier: Apache-2.0
// Sound from a pipe, with and without a header, whole and hostile.
#include "audio/pcm_reader.h"

#include <gtest/gtest.h>

#include <random>

#include "support/errors.h"

namespace seben::audio {
namespace {

using seben::test::fails_with;
using Bytes = std::vector<std::byte>;

void put(Bytes& out, std::uint32_t value, int size) {
  for (int i = 0; i < size; ++i) out.push_back(static_cast<std::byte>(value >> (8 * i)));
}
void put(Bytes& out, const std::string& text) {
  for (const char c : text) out.push_back(static_cast<std::byte>(c));
}

struct Wav {
  std::uint32_t kind = 1, channels = 1, rate = 24000, bits = 16, data_size = 0xFFFFFFFF, format_size = 16;
  std::string before;  // chunks between format and samples

  [[nodiscard]] Bytes bytes(const std::vector<std::int16_t>& samples) const {
    Bytes out;
    put(out, "RIFF");
    put(out, 0xFFFFFFFF, 4);
    put(out, "WAVEfmt ");
    put(out, format_size, 4);
    put(out, kind, 2);
    put(out, channels, 2);
    put(out, rate, 4);
    put(out, rate * channels * 2, 4);
    put(out, channels * 2, 2);
    put(out, bits, 2);
    for (std::uint32_t i = 16; i < format_size; ++i) put(out, i == 24 ? 1 : 0, 1);
    put(out, before);
    put(out, "data");
    put(out, data_size, 4);
    for (const std::int16_t x : samples) put(out, static_cast<std::uint16_t>(x), 2);
    return out;
  }
};

std::vector<float> read(PcmReader& reader, std::span<const std::byte> bytes, std::uint32_t seed = 0) {
  std::mt19937 random(seed);
  std::vector<float> out;
  while (!bytes.empty()) {
    const std::size_t count = seed == 0 ? bytes.size() : std::min<std::size_t>(1 + random() % 5, bytes.size());
    reader.push(bytes.first(count), out);
    bytes = bytes.subspan(count);
  }
  reader.finish(out);
  return out;
}

const std::vector<std::int16_t> kSamples{0, 16384, -32768, 32767, -1, 5, 6, 7};

TEST(PcmReader, SamplesWithoutAHeaderAreAtTheRateThatWasSaid) {
  Bytes bytes;
  for (const std::int16_t x : kSamples) put(bytes, static_cast<std::uint16_t>(x), 2);
  for (std::uint32_t seed = 0; seed < 4; ++seed) {
    PcmReader reader("pipe", 8000);
    const auto samples = read(reader, bytes, seed);
    ASSERT_EQ(samples.size(), kSamples.size());
    EXPECT_EQ(samples[1], 0.5F);
    EXPECT_EQ(samples[2], -1.0F);
    EXPECT_EQ(reader.sample_rate(), 8000);
  }
  PcmReader unsaid("pipe"), nothing("pipe");
  EXPECT_FALSE(unsaid.sample_rate());
  (void)read(unsaid, bytes);
  EXPECT_EQ(unsaid.sample_rate(), 16000);
  EXPECT_TRUE(read(nothing, {}).empty());
}

TEST(PcmReader, AWavSaysWhatItIs) {
  Wav wav;
  wav.before = std::string("LIST\x05\0\0\0abcde\0", 14);  // an odd chunk is filled up
  for (const std::uint32_t size : {16U, 18U, 40U}) {
    wav.format_size = size;
    wav.kind = size == 40 ? 0xFFFE : 1;
    for (std::uint32_t seed = 0; seed < 4; ++seed) {
      PcmReader reader("pipe");
      EXPECT_EQ(read(reader, wav.bytes(kSamples), seed).size(), kSamples.size());
      EXPECT_EQ(reader.sample_rate(), 24000);
    }
  }
}

TEST(PcmReader, ChannelsAreMixedAndWhatStandsBehindTheSamplesIsNoSound) {
  Wav wav;
  wav.channels = 2;
  wav.data_size = 12;
  PcmReader reader("pipe", 24000);
  const auto samples = read(reader, wav.bytes(kSamples), 3);
  EXPECT_EQ(samples, (std::vector<float>{0.25F, -1.0F / 65536.0F, 4.0F / 65536.0F}));
}

TEST(PcmReader, OtherFormatsAreNamed) {
  const auto refuses = [](const std::string& text, auto change, ErrorCategory category = ErrorCategory::bad_data,
                          int rate = 0) {
    Wav wav;
    change(wav);
    EXPECT_TRUE(fails_with(category, text, [&] {
      PcmReader reader("pipe", rate);
      (void)read(reader, wav.bytes(kSamples));
    })) << text;
  };
  refuses("16-bit PCM", [](Wav& w) { w.kind = 3; });
  refuses("16-bit PCM", [](Wav& w) { w.bits = 24; });
  refuses("channels: expected 1 to 8, found 0", [](Wav& w) { w.channels = 0; });
  refuses("found 9", [](Wav& w) { w.channels = 9; });
  refuses("192000 Hz", [](Wav& w) { w.rate = 192000; });
  refuses("fmt: expected 16 to 4096 bytes", [](Wav& w) { w.format_size = 4097; });
  refuses("100 bytes less", [](Wav& w) { w.data_size = 116; });
  refuses(
      "24000 Hz, as the WAV says", [](Wav&) {}, ErrorCategory::usage, 16000);
  EXPECT_TRUE(fails_with(ErrorCategory::usage, "8000 to 48000 Hz", [] { PcmReader reader("pipe", 5); }));
}

TEST(PcmReader, HeadersWithoutAnEndAndCutOnesAreRefused) {
  Wav wav;
  wav.data_size = 16;
  const Bytes whole = wav.bytes(kSamples);
  for (std::size_t size = 12; size + 1 < whole.size(); ++size) {
    PcmReader reader("pipe");
    EXPECT_TRUE(fails_with(ErrorCategory::bad_data, "pipe", [&] { (void)read(reader, std::span(whole).first(size)); }))
        << size;
  }
  Bytes endless;
  put(endless, "RIFF\xFF\xFF\xFF\xFFWAVEjunk");
  put(endless, 0xFFFFFFF0, 4);
  PcmReader reader("pipe");
  std::vector<float> out;
  reader.push(endless, out);
  const Bytes zeros(std::size_t{1} << 20U);
  EXPECT_TRUE(fails_with(ErrorCategory::bad_data, "16 MiB", [&] {
    for (int i = 0; i < 64; ++i) reader.push(zeros, out);
  }));
  EXPECT_TRUE(out.empty());
  Bytes before_format;
  put(before_format, "RIFF....WAVEdata....");
  PcmReader no_format("pipe");
  EXPECT_TRUE(fails_with(ErrorCategory::bad_data, "format", [&] { no_format.push(before_format, out); }));
  PcmReader odd("pipe");
  EXPECT_TRUE(fails_with(ErrorCategory::bad_data, "1 left over", [&] { (void)read(odd, Bytes(3)); }));
}

}  // namespace
}  // namespace seben::audio
