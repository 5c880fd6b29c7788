// SPDX-License-Identifier: Apache-2.0
// Sound of other rates as it comes in, beside recordings of it.
#include "audio/rate_converter.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <fstream>
#include <random>

#include "audio/decoder.h"
#include "support/errors.h"
#include "support/temp_dir.h"

namespace seben::audio {
namespace {

std::vector<float> chirp(int rate, double seconds) {
  std::vector<float> out(static_cast<std::size_t>(rate * seconds));
  for (std::size_t i = 0; i < out.size(); ++i) {
    const double t = static_cast<double>(i) / rate;
    out[i] = static_cast<float>(0.5 * std::sin(6.283185307 * (200.0 + 300.0 * t) * t));
  }
  return out;
}

std::vector<float> in_pieces(int rate, std::span<const float> samples, std::uint32_t seed) {
  std::mt19937 random(seed);
  RateConverter converter(rate);
  std::vector<float> out;
  while (!samples.empty()) {
    const std::size_t count = seed == 0 ? samples.size() : std::min<std::size_t>(random() % 3000, samples.size());
    converter.push(samples.first(count), out);
    samples = samples.subspan(count);
  }
  converter.finish(out);
  return out;
}

/// A WAV of 32-bit floats, one channel.
void write_float_wav(const std::string& path, int rate, const std::vector<float>& samples) {
  const auto bytes = static_cast<std::uint32_t>(samples.size() * sizeof(float));
  std::ofstream out(path, std::ios::binary);
  const auto put = [&](std::uint32_t value, int size) { out.write(reinterpret_cast<const char*>(&value), size); };
  out.write("RIFF", 4);
  put(36 + bytes, 4);
  out.write("WAVEfmt ", 8);
  put(16, 4);
  put(3, 2);
  put(1, 2);
  put(static_cast<std::uint32_t>(rate), 4);
  put(static_cast<std::uint32_t>(rate) * 4, 4);
  put(4, 2);
  put(32, 2);
  out.write("data", 4);
  put(bytes, 4);
  out.write(reinterpret_cast<const char*>(samples.data()), bytes);
}

TEST(RateConverter, PiecesOfAnySizeAreTheWhole) {
  for (const int rate : {8000, 11025, 24000, 44100, 48000}) {
    const auto samples = chirp(rate, 2.0);
    const auto whole = in_pieces(rate, samples, 0);
    EXPECT_NEAR(static_cast<double>(whole.size()), 32000.0, 2.0) << rate;
    for (std::uint32_t seed = 1; seed < 4; ++seed) EXPECT_EQ(in_pieces(rate, samples, seed), whole) << rate;
  }
}

TEST(RateConverter, ARecordingOfTheSoundIsDecodedToTheSame) {
  const test::TempDir dir;
  for (const int rate : {8000, 24000, 44100, 48000}) {
    const auto samples = chirp(rate, 1.5);
    write_float_wav(dir / "x.wav", rate, samples);
    auto decoder = AudioDecoder::open(dir / "x.wav");
    EXPECT_EQ(in_pieces(rate, samples, 7), read_all(decoder)) << rate;
  }
}

TEST(RateConverter, LeavesTheModelsRateAlone) {
  const auto samples = chirp(16000, 0.5);
  EXPECT_EQ(in_pieces(16000, samples, 3), samples);
}

TEST(RateConverter, RefusesWhatNoMicrophoneHas) {
  for (const int rate : {-8000, 0, 7999, 48001, 192000}) {
    EXPECT_TRUE(seben::test::fails_with(ErrorCategory::usage, "8000 to 48000 Hz", [&] { RateConverter wrong(rate); }));
  }
}

}  // namespace
}  // namespace seben::audio
