// SPDX-License-Identifier: Apache-2.0
#include "audio/decoder.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <thread>
#include <vector>

#include "base/interrupt.h"
#include "core/audio/ffmpeg_program.h"
#include "seben/error.h"

namespace seben::audio {
namespace {

using testing::fixture;
using testing::fixture_bytes;

std::vector<float> decode(const std::string& name) {
  AudioDecoder decoder = AudioDecoder::open(fixture(name).string());
  return read_all(decoder);
}

double energy(const std::vector<float>& samples) {
  double sum = 0.0;
  for (const float s : samples) sum += double{s} * double{s};
  return sum;
}

// Energy of `expected` over that of the difference, in dB.
double signal_to_noise(const std::vector<float>& expected, const std::vector<float>& found) {
  double noise = 1e-12;
  for (std::size_t i = 0; i < std::min(expected.size(), found.size()); ++i) {
    const double d = double{expected[i]} - double{found[i]};
    noise += d * d;
  }
  return 10.0 * std::log10(energy(expected) / noise);
}

// The shift of `found` that fits `expected` best: a codec's delay that was not cut would show here.
int best_lag(const std::vector<float>& expected, const std::vector<float>& found) {
  constexpr int kReach = 40;
  int best = 0;
  double largest = -1e9;
  for (int lag = -kReach; lag <= kReach; ++lag) {
    double product = 0.0;
    for (int i = kReach; i < static_cast<int>(expected.size()) - kReach; ++i) {
      product += double{expected[static_cast<std::size_t>(i)]} * double{found[static_cast<std::size_t>(i + lag)]};
    }
    if (product > largest) best = lag;
    largest = std::max(largest, product);
  }
  return best;
}

struct Kind {
  const char* file;
  const char* codec;
  double least_snr;  // what the codec itself loses
};

class EveryContainer : public ::testing::TestWithParam<Kind> {};

TEST_P(EveryContainer, HoldsTheSameSound) {
  const std::vector<float> expected = decode("tone.wav");
  ASSERT_EQ(expected.size(), 16000U);
  AudioDecoder decoder = AudioDecoder::open(fixture(GetParam().file).string());
  const std::vector<float> found = read_all(decoder);
  EXPECT_EQ(decoder.info().codec, GetParam().codec);
  EXPECT_EQ(decoder.warning_count(), 0U);
  EXPECT_EQ(decoder.samples_read(), static_cast<std::int64_t>(found.size()));
  EXPECT_GE(found.size(), expected.size());
  EXPECT_LE(found.size(), expected.size() + 400);  // an AAC file does not say how much of its last packet is padding
  EXPECT_GE(signal_to_noise(expected, found), GetParam().least_snr);
  EXPECT_EQ(best_lag(expected, found), 0);
  ASSERT_TRUE(decoder.info().duration_seconds.has_value());
  EXPECT_NEAR(*decoder.info().duration_seconds, 1.0, 0.06);
}

INSTANTIATE_TEST_SUITE_P(Audio, EveryContainer,
                         ::testing::Values(Kind{"stereo_8k_u8.wav", "pcm_u8", 20.0}, Kind{"tone.flac", "flac", 40.0},
                                           Kind{"tone.mp3", "mp3", 20.0}, Kind{"tone.m4a", "aac", 10.0},
                                           Kind{"tone.ogg", "opus", 15.0}, Kind{"tone.webm", "opus", 15.0},
                                           Kind{"video.mp4", "aac", 10.0}),
                         [](const auto& instance) {
                           std::string name = instance.param.file;
                           std::replace(name.begin(), name.end(), '.', '_');
                           return name;
                         });

TEST(AudioDecoder, AdaptiveMultiRate) {
  for (const char* file : {"noise.amr", "noise.3gp"}) {
    const std::vector<float> samples = decode(file);
    EXPECT_EQ(samples.size(), 16000U) << file;
    EXPECT_GT(energy(samples), 1.0) << file;
  }
}

TEST(AudioDecoder, ReadsOfAnySizeGiveTheSameSamples) {
  const std::vector<float> expected = decode("tone.mp3");
  for (const std::size_t size : {std::size_t{1}, std::size_t{7}, std::size_t{1000}, std::size_t{100000}}) {
    AudioDecoder decoder = AudioDecoder::open(fixture("tone.mp3").string());
    std::vector<float> found;
    std::vector<float> block(size);
    while (const std::size_t got = decoder.read(block)) {
      ASSERT_TRUE(got == size || found.size() + got == expected.size());
      found.insert(found.end(), block.begin(), block.begin() + static_cast<std::ptrdiff_t>(got));
    }
    EXPECT_EQ(found, expected);
  }
}

TEST(AudioDecoder, FormatMayChangeInsideTheStream) {
  const std::vector<float> found = decode("two_formats.aac");
  // Two halves of 0.5 s, each rounded up to whole AAC frames with 1024 samples of encoder delay before it.
  EXPECT_GT(found.size(), 16000U);
  EXPECT_LT(found.size(), 18500U);
  const auto half = static_cast<std::ptrdiff_t>(found.size() / 2);
  EXPECT_GT(energy({found.begin(), found.begin() + half}), 50.0);
  EXPECT_GT(energy({found.begin() + half, found.end()}), 50.0);
}

// fd 0 becomes the reading end of a pipe that a thread fills.
class PipedInput {
 public:
  explicit PipedInput(std::vector<std::uint8_t> bytes) : saved_(::dup(STDIN_FILENO)) {
    int ends[2] = {-1, -1};
    EXPECT_EQ(::pipe(ends), 0);
    ::dup2(ends[0], STDIN_FILENO);
    ::close(ends[0]);
    writer_ = std::thread([end = ends[1], data = std::move(bytes)] {
      std::size_t done = 0;
      while (done < data.size()) {
        const ssize_t put = ::write(end, data.data() + done, std::min<std::size_t>(data.size() - done, 1000));
        if (put < 0) break;
        done += static_cast<std::size_t>(put);
      }
      ::close(end);
    });
  }
  PipedInput(const PipedInput&) = delete;
  PipedInput& operator=(const PipedInput&) = delete;
  ~PipedInput() {
    writer_.join();
    ::dup2(saved_, STDIN_FILENO);
    ::close(saved_);
  }

 private:
  int saved_;
  std::thread writer_;
};

TEST(AudioDecoder, StandardInputThroughAPipe) {
  // tone.m4a has its index at the end, which the ffmpeg program cannot read from a pipe.
  for (const char* file : {"tone.wav", "tone.flac", "tone.m4a", "tone.ogg", "tone.webm", "noise.amr"}) {
    const std::vector<float> expected = decode(file);
    const PipedInput input(fixture_bytes(file));
    AudioDecoder decoder = AudioDecoder::open("-");
    EXPECT_EQ(read_all(decoder), expected) << file;
  }
}

TEST(AudioDecoder, LongMovieThroughAPipeIsSpooled) {
  std::vector<std::uint8_t> movie = fixture_bytes("tone.m4a");
  const std::vector<std::uint8_t> free_box = {0x00, 0x10, 0x00, 0x00, 'f', 'r', 'e', 'e'};  // 1 MiB
  std::vector<std::uint8_t> bytes = free_box;
  bytes.resize(std::size_t{1} << 20);
  // An absolute offset of the samples inside the file would now be wrong: put the padding after the movie instead.
  movie.insert(movie.end(), bytes.begin(), bytes.end());
  const std::vector<float> expected = decode("tone.m4a");
  AudioDecoder decoder = AudioDecoder::open(memory_byte_source(movie, "memory", false));
  EXPECT_EQ(read_all(decoder), expected);
}

TEST(AudioDecoder, InterruptStopsReading) {
  AudioDecoder decoder = AudioDecoder::open(fixture("tone.wav").string());
  base::request_interrupt(SIGINT);
  EXPECT_THROW((void)read_all(decoder), base::Interrupted);
  base::clear_interrupt();
}

}  // namespace
}  // namespace seben::audio
