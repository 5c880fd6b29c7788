// SPDX-License-Identifier: Apache-2.0
// Live recognition: what comes out of a stream, whatever the pieces that its sound comes in.
#include "seben/stream.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <limits>
#include <map>
#include <random>
#include <thread>

#include "audio/decoder.h"
#include "support/errors.h"
#include "support/tiny_bundle.h"
#include "support/tiny_whisper_bundle.h"

namespace seben {
namespace {

using test::fails_with;
using Kind = StreamEvent::Kind;
using Model = std::shared_ptr<const Transcriber>;
using Events = std::vector<StreamEvent>;

void append(Events& all, Events more) {
  all.insert(all.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

void drain(Stream& stream, Events& out) {
  for (int calls = 0; !stream.done(); ++calls) {
    ASSERT_LT(calls, 10000);
    append(out, stream.advance());
  }
}

/// Everything, with a call of advance() for each tenth of a second and as long as there is something to read.
Events listen(Stream& stream, std::span<const float> samples, std::size_t piece = 1600) {
  Events out;
  for (; !samples.empty(); samples = samples.subspan(std::min(piece, samples.size()))) {
    stream.push(samples.first(std::min(piece, samples.size())));
    do {
      append(out, stream.advance());
    } while (stream.ready());
  }
  stream.finish();
  drain(stream, out);
  return out;
}

std::string shown(const StreamEvent& e) {
  std::string out = std::to_string(static_cast<int>(e.kind)) + " " + std::to_string(e.item) + " " +
                    std::to_string(e.seconds) + " " + e.text;
  for (const StreamWord& w : e.words) {
    out += " [" + w.text + " " + std::to_string(w.start_seconds) + " " + std::to_string(w.end_seconds) + " " +
           std::to_string(w.confidence) + "]";
  }
  return out;
}

std::vector<std::string> shown(const Events& events) {
  std::vector<std::string> out;
  for (const StreamEvent& e : events) out.push_back(shown(e));
  return out;
}

/// Utterances have a beginning, an end and a final text in this order; words and partials lie between, words in order.
void expect_order(const Events& events) {
  std::uint64_t item = 0;
  bool open = false, ended = false;
  double before = 0.0;
  for (const StreamEvent& e : events) {
    SCOPED_TRACE(shown(e));
    if (e.kind == Kind::speech_start) {
      EXPECT_FALSE(open);
      EXPECT_EQ(e.item, ++item);
      EXPECT_GE(e.seconds, before);
      open = true;
      ended = false;
      before = e.seconds;
      continue;
    }
    EXPECT_TRUE(open);
    EXPECT_EQ(e.item, item);
    EXPECT_EQ(ended, e.kind == Kind::final_text || (ended && e.kind == Kind::commit));
    if (e.kind == Kind::speech_end) ended = true;
    if (e.kind == Kind::final_text) open = false;
    if (e.kind != Kind::commit) continue;
    std::string text;
    for (const StreamWord& w : e.words) {
      text += (text.empty() ? "" : " ") + w.text;
      EXPECT_GE((w.start_seconds + w.end_seconds) / 2.0 + 0.5, before);
      EXPECT_LE(w.end_seconds, e.seconds + 0.31);
      before = w.start_seconds;
    }
    EXPECT_EQ(text, e.text);
  }
  EXPECT_FALSE(open);
}

std::vector<float> read(const std::string& path) {
  auto decoder = audio::AudioDecoder::open(path);
  return audio::read_all(decoder);
}

class StreamTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    dir = std::make_unique<test::TempDir>();
    folder = test::make_tiny_bundle(*dir);
    TranscriberOptions options;
    options.threads = 1;
    tiny = std::make_shared<const Transcriber>(Bundle::open(folder), options);
    demo = std::make_shared<const Transcriber>(Bundle::open(SEBEN_SOURCE_DIR "/bundles/demo-nko"), options);
  }
  static void TearDownTestSuite() {
    tiny.reset();
    demo.reset();
    dir.reset();
  }
  static std::vector<float> spoken(const std::string& name) {
    return read(SEBEN_SOURCE_DIR "/bundles/demo-nko/samples/" + name);
  }

  static std::unique_ptr<test::TempDir> dir;
  static std::string folder;
  static Model tiny, demo;
};

std::unique_ptr<test::TempDir> StreamTest::dir;
std::string StreamTest::folder;
Model StreamTest::tiny, StreamTest::demo;

TEST_F(StreamTest, AFinalTextIsTheTranscriptOfItsSamples) {
  std::vector<float> samples = spoken("long.wav");
  samples.resize(16000 * 14);
  Stream stream(demo, {});
  const Events events = listen(stream, samples);
  expect_order(events);
  std::map<std::uint64_t, std::pair<double, double>> places;
  std::size_t finals = 0;
  for (const StreamEvent& e : events) {
    if (e.kind == Kind::speech_start) places[e.item].first = e.seconds;
    if (e.kind == Kind::speech_end) places[e.item].second = e.seconds;
    if (e.kind != Kind::final_text) continue;
    const auto [start, end] = places[e.item];
    const auto first = static_cast<std::size_t>(std::llround(start * 16000.0));
    const auto behind = static_cast<std::size_t>(std::llround(end * 16000.0));
    ASSERT_LE(behind, samples.size());
    const Transcript t = demo->transcribe_samples(std::span(samples).subspan(first, behind - first));
    EXPECT_EQ(e.text, t.text);
    ASSERT_EQ(e.words.size(), t.words.size());
    for (std::size_t i = 0; i < t.words.size(); ++i) {
      EXPECT_EQ(e.words[i].text, t.words[i].text);
      EXPECT_NEAR(e.words[i].start_seconds, t.words[i].start + start, 1e-9);
      EXPECT_EQ(e.words[i].confidence, t.words[i].confidence);
    }
    ASSERT_EQ(e.corrections.has_value(), t.corrections.has_value());
    if (t.corrections) {
      EXPECT_EQ(e.corrections->hypothesis, t.corrections->hypothesis);
      EXPECT_EQ(e.corrections->edits.size(), t.corrections->edits.size());
    }
    if (!e.text.empty()) ++finals;
  }
  EXPECT_GT(finals, 0U);
  EXPECT_EQ(stream.counts().items, places.size());
  EXPECT_NEAR(stream.counts().heard_seconds, static_cast<double>(samples.size()) / 16000.0, 1e-9);
}

// Long before an utterance ends.
TEST_F(StreamTest, WordsAreCommittedWhileSomebodySpeaks) {
  Stream stream(demo, {});
  std::vector<float> samples = spoken("long.wav");
  samples.resize(16000 * 12);
  const Events events = listen(stream, samples);
  std::size_t early = 0, words = 0;
  bool ended = false;
  for (const StreamEvent& e : events) {
    if (e.kind == Kind::speech_start) ended = false;
    if (e.kind == Kind::speech_end) ended = true;
    if (e.kind != Kind::commit) continue;
    words += e.words.size();
    if (!ended) early += e.words.size();
  }
  EXPECT_GT(early, words / 2) << "of " << words;
}

TEST_F(StreamTest, WhatComesOutDependsOnTheSoundAndNotOnItsPieces) {
  const std::vector<float> samples = test::bursts(9.3);
  StreamOptions options;
  options.silence_seconds = 0.3;
  Stream whole(tiny, options);
  const auto expected = shown(listen(whole, samples));
  EXPECT_GT(expected.size(), 20U);
  for (std::uint32_t seed = 1; seed <= 5; ++seed) {
    std::mt19937 random(seed);
    Stream stream(tiny, options);
    Events events;
    for (std::size_t at = 0; at < samples.size(); at += 1600) {
      const auto tenth = std::span(samples).subspan(at, std::min<std::size_t>(1600, samples.size() - at));
      for (std::size_t done = 0; done < tenth.size();) {
        const std::size_t count = std::min<std::size_t>(random() % 700, tenth.size() - done);
        stream.push(tenth.subspan(done, count));
        done += count;
      }
      do {
        append(events, stream.advance());
      } while (stream.ready());
    }
    stream.finish();
    drain(stream, events);
    EXPECT_EQ(shown(events), expected) << "seed " << seed;
  }
}

// Whatever the calls, committed words stay: none is taken back, none comes twice or out of order.
TEST_F(StreamTest, CallsAtAnyTimeKeepTheOrder) {
  const std::vector<float> samples = test::bursts(12.0);
  for (std::uint32_t seed = 1; seed <= 6; ++seed) {
    std::mt19937 random(seed);
    StreamOptions options;
    options.vad = seed % 2 == 0 ? "off" : "energy";
    options.longest_seconds = seed % 3 == 0 ? 3.0 : 26.0;
    options.step_seconds = 0.2;
    Stream stream(tiny, options);
    Events events;
    for (std::size_t at = 0; at < samples.size();) {
      const std::size_t count = std::min<std::size_t>(random() % 20000, samples.size() - at);
      stream.push(std::span(samples).subspan(at, count));
      at += count;
      if (random() % 4 == 0) stream.commit();
      if (random() % 3 != 0) append(events, stream.advance());
    }
    stream.finish();
    drain(stream, events);
    expect_order(events);
  }
}

TEST_F(StreamTest, WithoutADetectorOnlyACommitEndsAnUtterance) {
  StreamOptions options;
  options.vad = "off";
  Stream stream(tiny, options);
  const std::vector<float> samples = test::bursts(5.0);
  stream.commit();  // of nothing
  EXPECT_TRUE(stream.advance().empty());
  stream.push(std::span(samples).first(32000));
  stream.commit();
  stream.push(std::span(samples).subspan(32000));
  Events events;
  do {
    append(events, stream.advance());
  } while (stream.ready());
  std::vector<double> starts, ends;
  stream.finish();
  drain(stream, events);
  for (const StreamEvent& e : events) {
    if (e.kind == Kind::speech_start) starts.push_back(e.seconds);
    if (e.kind == Kind::speech_end) ends.push_back(e.seconds);
  }
  EXPECT_EQ(starts, (std::vector<double>{0.0, 2.0}));
  EXPECT_EQ(ends, (std::vector<double>{2.0, 5.0}));
  expect_order(events);
}

TEST_F(StreamTest, SilenceIsNoUtterance) {
  Stream stream(tiny, {});
  EXPECT_TRUE(listen(stream, std::vector<float>(16000 * 5, 0.0F)).empty());
  EXPECT_EQ(stream.counts().readings, 0U);
  Stream nothing(tiny, {});
  EXPECT_TRUE(listen(nothing, {}).empty());
}

TEST_F(StreamTest, LongSpeechIsCutAndNothingOfItIsLost) {
  StreamOptions options;
  options.vad = "off";
  options.longest_seconds = 6.0;
  Stream stream(tiny, options);
  const Events events = listen(stream, test::bursts(31.0));
  expect_order(events);
  double end = 0.0;
  for (const StreamEvent& e : events) {
    if (e.kind == Kind::speech_start) {
      EXPECT_NEAR(e.seconds, end, 1e-9);
    } else if (e.kind == Kind::speech_end) {
      EXPECT_LE(e.seconds - end, 6.0 + 1e-9);
      EXPECT_TRUE(e.seconds - end > 1.9 || e.seconds > 30.9) << e.seconds;
      end = e.seconds;
    }
  }
  EXPECT_NEAR(end, 31.0, 1e-9);
}

TEST_F(StreamTest, LateCallsReadTheNewestSoundOnce) {
  StreamOptions options;
  options.vad = "off";
  Stream stream(tiny, options);
  stream.push(test::bursts(10.0));
  EXPECT_NEAR(stream.behind_seconds(), 10.0, 1e-9);
  const Events events = stream.advance();
  EXPECT_EQ(stream.counts().readings, 1U);
  EXPECT_EQ(stream.behind_seconds(), 0.0);
  EXPECT_FALSE(stream.ready());
  for (const StreamEvent& e : events) EXPECT_TRUE(e.kind == Kind::speech_start || e.seconds == 10.0);
}

TEST_F(StreamTest, SeveralStreamsShareAModelAtOnce) {
  const std::vector<float> one = test::bursts(6.0), two(one.begin() + 8000, one.end());
  const auto alone = [&](const std::vector<float>& samples) {
    Stream stream(tiny, {});
    return shown(listen(stream, samples));
  };
  const auto first = alone(one), second = alone(two);
  std::vector<std::vector<std::string>> found(4);
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < found.size(); ++i) {
      threads.emplace_back([&, i] { found[i] = alone(i % 2 == 0 ? one : two); });
    }
  }
  for (std::size_t i = 0; i < found.size(); ++i) EXPECT_EQ(found[i], i % 2 == 0 ? first : second);
}

TEST_F(StreamTest, OneThreadPushesWhileAnotherReads) {
  const std::vector<float> samples = test::bursts(6.0);
  Stream stream(tiny, {});
  std::jthread recorder([&] {
    for (std::size_t at = 0; at < samples.size(); at += 800) {
      stream.push(std::span(samples).subspan(at, std::min<std::size_t>(800, samples.size() - at)));
      if (at % 32000 == 0) stream.commit();
      (void)stream.behind_seconds();
    }
    stream.finish();
  });
  Events events;
  while (!stream.done()) {
    if (stream.ready()) append(events, stream.advance());
    std::this_thread::yield();
  }
  expect_order(events);
  EXPECT_NEAR(stream.counts().heard_seconds, 6.0, 1e-9);
}

TEST_F(StreamTest, ResetMakesItNewAndDroppingIsAllowedAnywhere) {
  const std::vector<float> samples = test::bursts(4.0);
  Stream fresh(tiny, {});
  const auto expected = shown(listen(fresh, samples));
  Stream stream(tiny, {});
  stream.push(std::span(samples).first(20000));
  (void)stream.advance();
  stream.push(std::span(samples).subspan(20000));
  stream.commit();
  stream.reset();
  EXPECT_EQ(stream.behind_seconds(), 0.0);
  EXPECT_EQ(shown(listen(stream, samples)), expected);
  stream.reset();  // after the end
  EXPECT_FALSE(stream.done());
  EXPECT_EQ(shown(listen(stream, samples)), expected);
  Stream dropped(tiny, {});
  dropped.push(std::span(samples).first(20000));
  (void)dropped.advance();
  dropped = Stream(tiny, {});
  dropped.push(samples);
}

TEST_F(StreamTest, PartialsCanBeLeftOutAndNothingElseChanges) {
  const std::vector<float> samples = spoken("unseen.wav");
  Stream with(demo, {});
  Events all = listen(with, samples);
  EXPECT_GT(std::erase_if(all, [](const StreamEvent& e) { return e.kind == Kind::partial; }), 0U);
  StreamOptions options;
  options.partials = false;
  Stream without(demo, options);
  EXPECT_EQ(shown(listen(without, samples)), shown(all));
}

TEST_F(StreamTest, OtherRatesAreHeardAsTheSameSound) {
  const std::vector<float> samples = spoken("unseen.wav");
  std::vector<float> doubled;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    doubled.push_back(samples[i]);
    doubled.push_back(i + 1 < samples.size() ? (samples[i] + samples[i + 1]) / 2.0F : samples[i]);
  }
  Stream plain(demo, {});
  const Events expected = listen(plain, samples);
  StreamOptions options;
  options.sample_rate = 32000;
  Stream stream(demo, options);
  const Events events = listen(stream, doubled, 3200);
  expect_order(events);
  ASSERT_FALSE(events.empty());
  EXPECT_NEAR(events.back().seconds, expected.back().seconds, 0.1);
  EXPECT_NEAR(stream.counts().heard_seconds, plain.counts().heard_seconds, 0.01);
}

TEST_F(StreamTest, BadSoundAndBadOptionsAreOneClearError) {
  Stream stream(tiny, {});
  std::vector<float> samples(100, 0.1F);
  stream.push(samples);
  samples[7] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_TRUE(fails_with(ErrorCategory::bad_data, "sample 107", [&] { stream.push(samples); }));
  samples[7] = std::numeric_limits<float>::infinity();
  EXPECT_TRUE(fails_with(ErrorCategory::bad_data, "a finite number", [&] { stream.push(samples); }));
  EXPECT_NEAR(stream.behind_seconds(), 100.0 / 16000.0, 1e-9);  // nothing of them was taken
  const std::vector<float> minute(16000 * 60, 0.0F);
  stream.push(minute);
  EXPECT_TRUE(fails_with(ErrorCategory::usage, "advance()", [&] { stream.push(minute); }));
  stream.finish();
  EXPECT_TRUE(fails_with(ErrorCategory::usage, "finish()", [&] { stream.push(minute); }));

  const auto refuses = [&](const std::string& text, auto change) {
    StreamOptions options;
    change(options);
    EXPECT_TRUE(fails_with(ErrorCategory::usage, text, [&] { Stream wrong(tiny, options); })) << text;
  };
  for (const int rate : {0, -1, 7999, 48001, std::numeric_limits<int>::max()}) {
    refuses("8000 to 48000 Hz", [&](StreamOptions& o) { o.sample_rate = rate; });
  }
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const double v : {0.0, -1.0, 11.0, nan}) {
    refuses("step", [&](StreamOptions& o) { o.step_seconds = v; });
    refuses("silence", [&](StreamOptions& o) { o.silence_seconds = v; });
  }
  refuses("pre-roll", [&](StreamOptions& o) { o.pre_roll_seconds = 2.5; });
  refuses("longest", [&](StreamOptions& o) { o.longest_seconds = 29.0; });
  refuses("commit margin", [&](StreamOptions& o) { o.commit_margin_seconds = nan; });
  refuses("sure confidence", [&](StreamOptions& o) { o.sure_confidence = nan; });
  refuses("vad", [&](StreamOptions& o) { o.vad = ""; });
  EXPECT_TRUE(fails_with(ErrorCategory::usage, "stream: model", [] { Stream wrong(nullptr, {}); }));
  StreamOptions silero;
  silero.vad = "no-such-file";
  EXPECT_TRUE(fails_with(ErrorCategory::no_input, "no-such-file", [&] { Stream wrong(tiny, silero); }));
}

std::size_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::size_t all = 0, resident = 0;
  file >> all >> resident;
  return resident * 4096;
}

// An hour of speech with pauses, and an hour of sound without any.
TEST_F(StreamTest, HoursNeedNoMoreMemoryThanSeconds) {
  if (resident_bytes() == 0) GTEST_SKIP() << "no /proc to measure memory in";
  for (const char* vad : {"energy", "off"}) {
    StreamOptions options;
    options.vad = vad;
    options.step_seconds = 10.0;
    options.silence_seconds = 0.3;
    Stream stream(tiny, options);
    std::vector<float> second = test::bursts(1.0);
    if (std::string(vad) == "energy") second.resize(16000 * 30);  // and half a minute of silence
    const std::size_t times = 3600 * 16000 / second.size();
    std::size_t before = 0;
    for (std::size_t i = 0; i < times; ++i) {
      stream.push(second);
      do {
        (void)stream.advance();
      } while (stream.ready());
      if (i == times / 10) before = resident_bytes();
    }
    EXPECT_GT(stream.counts().items, 100U);
    EXPECT_LT(resident_bytes(), before + (std::size_t{8} << 20)) << vad;
  }
}

TEST_F(StreamTest, WhispersTextIsCommittedAndFinalAsItsTranscript) {
  TranscriberOptions options;
  options.threads = 1;
  options.decoder = "whisper";
  options.allow_unadmitted = true;
  options.whisper.language = "en";
  options.whisper.temperatures = {0.0};
  options.whisper.max_tokens = 12;
  options.whisper.silence = "off";
  options.whisper.logprob_threshold.reset();
  options.whisper.no_speech_threshold.reset();
  options.whisper.invention_threshold.reset();
  const auto model = std::make_shared<const Transcriber>(
      Bundle::open(test::make_whisper_bundle(*dir, "live-whisper", false)), options);
  StreamOptions live;
  live.vad = "off";
  Stream stream(model, live);
  const std::vector<float> samples = test::bursts(4.0);
  const Events events = listen(stream, samples);
  ASSERT_FALSE(events.empty());
  EXPECT_EQ(events.back().kind, Kind::final_text);
  EXPECT_EQ(events.back().text, model->transcribe_samples(samples).text);
  EXPECT_GT(stream.counts().timings.whisper, 0.0);
}

TEST_F(StreamTest, ModelsThatCannotHearAStreamAreRefused) {
  TranscriberOptions options;
  options.threads = 1;
  options.channels = "2";
  const auto second = std::make_shared<const Transcriber>(Bundle::open(folder), options);
  EXPECT_TRUE(fails_with(ErrorCategory::usage, "channels", [&] { Stream wrong(second, {}); }));
  options.channels = "mix";
  options.decoder = "both";
  options.allow_unadmitted = true;
  const auto both =
      std::make_shared<const Transcriber>(Bundle::open(test::make_whisper_bundle(*dir, "live-both", true)), options);
  EXPECT_TRUE(fails_with(ErrorCategory::usage, "decoder", [&] { Stream wrong(both, {}); }));
}

}  // namespace
}  // namespace seben
