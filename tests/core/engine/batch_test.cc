// SPDX-License-Identifier: Apache-2.0
// Recordings whose windows are decoded together: where they are cut, and that nothing depends on how many there are.
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <random>

#include "engine/quiet_place.h"
#include "engine/writers.h"
#include "seben/transcriber.h"
#include "support/errors.h"
#include "support/tiny_whisper_bundle.h"

namespace seben {
namespace {

using test::fails_with;

std::vector<float> noise(std::size_t samples, float loudness) {
  std::mt19937 random(4);
  std::vector<float> out(samples);
  for (float& x : out) x = (static_cast<float>(random()) * 0x1p-31F - 1.0F) * loudness;
  return out;
}

void soften(std::vector<float>& samples, double from, double to, float by) {
  for (auto i = static_cast<std::size_t>(from * 16000.0); i < static_cast<std::size_t>(to * 16000.0); ++i) {
    samples[i] *= by;
  }
}

TEST(QuietPlace, IsInThePauseAndTheLaterOneOfTwo) {
  std::vector<float> samples = noise(std::size_t{16000} * 30, 0.3F);
  soften(samples, 15.0, 16.0, 0.001F);  // too early: a window would be short
  soften(samples, 21.0, 21.6, 0.001F);
  std::int64_t place = pipeline::quiet_place(samples);
  EXPECT_GE(place, 2115);
  EXPECT_LE(place, 2145);
  soften(samples, 26.0, 26.6, 0.002F);
  place = pipeline::quiet_place(samples);
  EXPECT_GE(place, 2615);
  EXPECT_LE(place, 2645);
  soften(samples, 0.0, 30.0, 0.0F);
  EXPECT_GT(pipeline::quiet_place(samples), 2950);  // all the same everywhere
  EXPECT_LT(pipeline::quiet_place(samples), 3000);
}

TEST(QuietPlace, ABreathIsNoPause) {
  std::vector<float> samples = noise(std::size_t{16000} * 30, 0.3F);
  soften(samples, 22.0, 22.4, 0.01F);
  for (double at = 15.0; at < 30.0; at += 0.5) soften(samples, at, at + 0.06, 0.0F);
  const std::int64_t place = pipeline::quiet_place(samples);
  EXPECT_GT(place, 2200);
  EXPECT_LT(place, 2240);
}

TEST(QuietPlace, NeedsRoom) {
  EXPECT_TRUE(
      fails_with(ErrorCategory::internal, "2 seconds", [] { (void)pipeline::quiet_place(std::vector<float>(16000)); }));
}

class Batch : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    dir = std::make_unique<test::TempDir>();
    with_head = test::make_whisper_bundle(*dir, "with-head", true);
    alone = test::make_whisper_bundle(*dir, "alone", false);
  }
  static void TearDownTestSuite() { dir.reset(); }

  static TranscriberOptions options(std::int64_t batch_size) {
    TranscriberOptions out;
    out.threads = 1;
    out.decoder = "whisper";
    out.allow_unadmitted = true;
    out.whisper.language = "en";
    out.whisper.temperatures = {0.0};
    out.whisper.max_tokens = 12;
    out.whisper.silence = "off";
    out.whisper.no_speech_threshold.reset();
    out.whisper.condition_on_previous_text = false;
    out.whisper.batch_size = batch_size;
    return out;
  }
  static Transcript run(const TranscriberOptions& options, const std::vector<float>& samples) {
    return Transcriber(Bundle::open(alone), options).transcribe_samples(samples);
  }

  static std::unique_ptr<test::TempDir> dir;
  static std::string with_head, alone;
};

std::unique_ptr<test::TempDir> Batch::dir;
std::string Batch::with_head, Batch::alone;

// Without what depends on time.
std::string said(Transcript t) {
  t.timings = {};
  if (t.whisper) t.whisper->batch_size = 0;
  return pipeline::write(t, pipeline::Format::json, "x.wav");
}

TEST_F(Batch, SaysTheSameWhateverItsSize) {
  const std::vector<float> samples = test::bursts(70.0);
  for (const char* precision : {"f32", "bf16", "int8"}) {
    TranscriberOptions o = options(1);
    o.precision = precision;
    const Transcript one = run(o, samples);
    EXPECT_GE(one.whisper->windows, 3) << precision;
    EXPECT_NEAR(one.audio_seconds, 70.0, 1e-9);
    for (const std::int64_t size : {2, 64}) {
      o.whisper.batch_size = size;
      o.threads = size == 2 ? 2 : 1;
      const Transcript some = run(o, samples);
      EXPECT_EQ(some.whisper->batch_size, size);
      EXPECT_EQ(said(some), said(one)) << precision << ' ' << size;
    }
  }
}

TEST_F(Batch, ARecordingThatEndsInTheMiddleOfAHopIsNotCut) {
  TranscriberOptions o = options(2);
  o.whisper.timestamps = false;  // a window's text leaves nothing of it unread
  for (const double seconds : {0.5, 1.5, 20.0}) {
    std::vector<float> samples = test::bursts(seconds);
    samples.resize(samples.size() / 160 * 160 + 7, 0.1F);
    EXPECT_EQ(run(o, samples).whisper->windows, 1) << seconds;
  }
}

TEST_F(Batch, TimesAreInOrderAndWithinTheRecording) {
  const std::vector<float> samples = test::bursts(70.5);
  for (const bool words : {false, true}) {
    TranscriberOptions o = options(3);
    o.whisper.word_times = words;
    const Transcript t = run(o, samples);
    ASSERT_FALSE(t.segments.empty());
    double before = 0.0;
    for (const WhisperSegment& s : t.whisper->segments) {
      EXPECT_GE(s.start, before - 30.0);
      EXPECT_LE(s.end, 70.5);
      before = s.start;
    }
    EXPECT_EQ(words, !t.words.empty());
  }
}

TEST_F(Batch, ClipsAreAllThatIsHeard) {
  TranscriberOptions o = options(4);
  o.whisper.clips = {3.0, 8.0, 20.0, 55.0, 60.0, 61.0};
  const Transcript t = run(o, test::bursts(70.0));
  ASSERT_FALSE(t.whisper->segments.empty());
  for (const WhisperSegment& s : t.whisper->segments) {
    EXPECT_TRUE((s.start >= 3.0 && s.end <= 8.001) || (s.start >= 20.0 && s.end <= 55.001) ||
                (s.start >= 60.0 && s.end <= 61.001))
        << s.start << ".." << s.end;
  }
  o.whisper.clips = {99.0};
  EXPECT_EQ(run(o, test::bursts(10.0)).whisper->windows, 0);
}

TEST_F(Batch, SilenceIsNotDecodedAndTheEmptyRecordingIsEmpty) {
  TranscriberOptions gated = options(2);
  gated.whisper.silence = "energy";
  const Transcript silent = run(gated, std::vector<float>(std::size_t{16000} * 70));
  EXPECT_EQ(silent.whisper->windows, 0);
  EXPECT_GE(silent.whisper->silent_windows, 3);
  EXPECT_EQ(run(options(2), {}).text, "");
  EXPECT_EQ(run(options(2), std::vector<float>(100, 0.1F)).whisper->windows, 0);  // less than a frame
}

TEST_F(Batch, ProgressGoesToTheEndAndSegmentsComeOnce) {
  const Transcriber transcriber(Bundle::open(alone), options(3));
  Callbacks callbacks;
  double last = -1.0;
  callbacks.progress = [&](const Progress& p) {
    EXPECT_GT(p.done_seconds, last);
    last = p.done_seconds;
  };
  std::vector<std::string> seen;
  callbacks.segment = [&](const Segment& s) { seen.push_back(s.text); };
  const Transcript t = transcriber.transcribe_samples(test::bursts(65.0), callbacks);
  EXPECT_NEAR(last, 65.0, 1e-9);
  ASSERT_EQ(seen.size(), t.segments.size());
  for (std::size_t i = 0; i < seen.size(); ++i) EXPECT_EQ(seen[i], t.segments[i].text);
  callbacks.progress = {};
  callbacks.segment = [](const Segment&) { throw std::runtime_error("enough"); };
  EXPECT_THROW((void)transcriber.transcribe_samples(test::bursts(65.0), callbacks), std::runtime_error);
  EXPECT_EQ(transcriber.transcribe_samples(test::bursts(65.0)).text, t.text) << "after a stop, and again";
}

TEST_F(Batch, JsonSaysHowManyWereDecodedTogether) {
  const auto batch_size = [](const TranscriberOptions& o) {
    const Transcript t = run(o, test::bursts(4.0));
    return nlohmann::json::parse(pipeline::write(t, pipeline::Format::json, "x.wav")).at("whisper").at("batch_size");
  };
  EXPECT_EQ(batch_size(options(5)), 5);
  EXPECT_EQ(batch_size(options(0)), 0);
}

TEST_F(Batch, WhatContradictsItIsRefused) {
  const auto refused = [](const std::string& folder, const TranscriberOptions& o, const char* part) {
    return fails_with(ErrorCategory::usage, part, [&] { Transcriber(Bundle::open(folder), o); });
  };
  TranscriberOptions o = options(4);
  o.whisper.condition_on_previous_text = true;
  EXPECT_TRUE(refused(alone, o, "--no-condition-on-previous-text"));
  o = options(4);
  o.whisper.carry_initial_prompt = true;
  EXPECT_TRUE(refused(alone, o, "of the first window alone"));
  o = options(4);
  o.whisper.word_times = true;
  o.whisper.hallucination_silence_threshold = 2.0;
  EXPECT_TRUE(refused(alone, o, "hallucination silence"));
  o = options(4);
  o.decoder = "both";
  EXPECT_TRUE(refused(with_head, o, "decoder whisper alone"));
  for (const std::int64_t many : {std::int64_t{-1}, std::int64_t{65}, INT64_MIN, INT64_MAX}) {
    EXPECT_TRUE(refused(alone, options(many), "1..64"));
  }
}

}  // namespace
}  // namespace seben
