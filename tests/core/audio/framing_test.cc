// SPDX-License-Identifier: Apache-2.0
// Padding and scope of the log-mel, against the rule of openai-whisper written out plainly.
#include "audio/framing.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "audio/log_mel.h"
#include "core/audio/log_mel_reference.h"
#include "seben/error.h"

namespace seben::frontend {
namespace {

constexpr float kFramingTolerance = 5e-7F;

// Silence with bursts of noise, so that the plain reference need not transform every frame.
std::vector<float> bursts(std::size_t length, const std::vector<std::size_t>& places, float amplitude) {
  std::vector<float> samples(length, 0.0F);
  std::uint32_t state = 7;
  for (const std::size_t place : places) {
    for (std::size_t i = place; i < std::min(place + 900, length); ++i) {
      state = state * 1664525U + 1013904223U;
      samples[i] = amplitude * (static_cast<float>(state >> 8U) / 8388608.0F - 1.0F);
    }
  }
  return samples;
}

MelPart part_of(const std::vector<float>& samples, std::size_t seek, std::size_t frames) {
  const std::size_t begin = seek * kHop, from = begin < kMelContext ? 0 : begin - kMelContext;
  const std::size_t end = std::min(samples.size(), begin + frames * kHop + kMelContext);
  MelPart part;
  part.samples = std::span(samples).subspan(from, end - from);
  part.before = begin - from;
  part.frames = static_cast<int>(std::min(frames, (samples.size() - begin) / kHop));
  return part;
}

float loudest(const LogMel& log_mel, const std::vector<float>& samples) {
  std::vector<float> mel(80 * kFrames);
  float largest = -10.0F;
  for (std::size_t seek = 0; seek * kHop < samples.size() + kMelContext; seek += kFrames) {
    if (seek * kHop > samples.size()) break;
    largest = std::max(largest, log_mel.largest_log(part_of(samples, seek, kFrames), mel));
  }
  return largest;
}

void expect_near(const std::vector<float>& found, const std::vector<float>& expected) {
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    ASSERT_NEAR(found[i], expected[i], kFramingTolerance) << "mel " << i / kFrames << ", frame " << i % kFrames;
  }
}

TEST(Framing, PartsAreCutOutOfTheWholeRecordingsLogMel) {
  const LogMel log_mel(80);
  // Loud only behind the first window, and across the place where two windows meet.
  std::vector<float> samples = bursts(16000 * 65 + 77, {0, 3200, 479700, 900000, 1039800}, 0.3F);
  for (std::size_t i = 0; i < 400000; ++i) samples[i] *= 0.001F;
  const float largest = loudest(log_mel, samples);
  std::vector<float> mel(80 * kFrames);
  const auto check = [&](std::size_t seek, std::size_t most) {
    const std::size_t content = samples.size() / kHop - seek;
    log_mel.compute(part_of(samples, seek, most), largest, Padding::log_mel, mel);
    expect_near(mel, testing::reference_recording_log_mel(samples, 80, seek, std::min(content, most)));
  };
  for (const std::size_t seek : {0U, 1U, 2U, 2998U, 5000U, 6499U}) check(seek, 3000);
  check(2998, 500);  // a clip that ends within the sound
}

TEST(Framing, AWindowByItselfIsARecordingOfThatLength) {
  const LogMel log_mel(80);
  std::vector<float> mel(80 * kFrames);
  for (const std::size_t length : {0U, 1U, 159U, 160U, 199U, 200U, 201U, 360U, 1500U, 16077U, 479999U, 480000U}) {
    const std::vector<float> samples = bursts(length, {0, 15300, length > 700 ? length - 700 : 0}, 0.2F);
    log_mel.compute(samples, Padding::log_mel, mel);
    expect_near(mel, testing::reference_recording_log_mel(samples, 80, 0, length / kHop));
    std::vector<float> part(mel.size());
    log_mel.compute(part_of(samples, 0, kFrames), loudest(log_mel, samples), Padding::log_mel, part);
    EXPECT_EQ(part, mel) << length;
  }
}

TEST(Framing, SilenceBehindTheSamplesIsTheFloorAndZerosBehindTheLogMelAreNot) {
  const LogMel log_mel(80);
  const std::vector<float> samples = bursts(16000, {100, 9000}, 0.5F);
  std::vector<float> silent(80 * kFrames), zeros(silent.size()), plain(silent.size());
  log_mel.compute(samples, Padding::samples, silent);
  log_mel.compute(samples, plain);
  EXPECT_EQ(silent, plain);
  log_mel.compute(samples, Padding::log_mel, zeros);
  const float floor = *std::ranges::min_element(silent);
  for (std::size_t m = 0; m < 80; ++m) {
    for (std::size_t t = 0; t < kFrames; ++t) {
      const std::size_t i = m * kFrames + t;
      if (t < 100) {
        ASSERT_EQ(silent[i], zeros[i]);
      } else {
        ASSERT_EQ(zeros[i], 0.0F);
        if (t > 101) {
          ASSERT_EQ(silent[i], floor);
        }
      }
    }
  }
}

TEST(Framing, WordsComeBackAndOthersAreNone) {
  for (const Padding padding : {Padding::samples, Padding::log_mel})
    EXPECT_EQ(parse_padding(to_string(padding)), padding);
  for (const Scope scope : {Scope::window, Scope::recording}) EXPECT_EQ(parse_scope(to_string(scope)), scope);
  EXPECT_FALSE(parse_padding("log-mel"));
  EXPECT_FALSE(parse_scope(""));
}

TEST(Framing, PartsThatCannotBeAreADefect) {
  const LogMel log_mel(80);
  const std::vector<float> samples(1000);
  std::vector<float> mel(80 * kFrames);
  const auto compute = [&](const MelPart& part) { log_mel.compute(part, 0.0F, Padding::log_mel, mel); };
  EXPECT_NO_THROW(compute({samples, 0, 6}));
  EXPECT_THROW(compute({samples, 1001, 6}), Error);
  EXPECT_THROW(compute({samples, 0, -1}), Error);
  EXPECT_THROW(compute({samples, 0, kFrames + 1}), Error);
}

}  // namespace
}  // namespace seben::frontend
