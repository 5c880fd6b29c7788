// SPDX-License-Identifier: Apache-2.0
// Whisper's decoder beside the head: one pass of the encoder, the same texts as each alone.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <thread>

#include "audio/log_mel.h"
#include "bundle/bundle.h"
#include "bundle/replace_manifest.h"
#include "decode/whisper/windows.h"
#include "engine/writers.h"
#include "model/whisper/encoder.h"
#include "seben/transcriber.h"
#include "support/errors.h"
#include "support/tiny_whisper_bundle.h"

namespace seben {
namespace {

using test::fails_with;

class WhisperTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    dir = std::make_unique<test::TempDir>();
    with_head = test::make_whisper_bundle(*dir, "with-head", true);
    alone = test::make_whisper_bundle(*dir, "alone", false);
  }
  static void TearDownTestSuite() { dir.reset(); }

  static TranscriberOptions options(const std::string& decoder) {
    TranscriberOptions out;
    out.threads = 1;
    out.decoder = decoder;
    out.whisper.language = "en";
    out.whisper.temperatures = {0.0};
    out.whisper.no_speech_threshold.reset();
    return out;
  }
  static Transcript run(const std::string& folder, const TranscriberOptions& options,
                        const std::vector<float>& samples) {
    return Transcriber(Bundle::open(folder), options).transcribe_samples(samples);
  }

  static std::unique_ptr<test::TempDir> dir;
  static std::string with_head, alone;
};

std::unique_ptr<test::TempDir> WhisperTest::dir;
std::string WhisperTest::with_head, WhisperTest::alone;

std::vector<std::int32_t> tokens_of(const WhisperText& text) {
  std::vector<std::int32_t> out;
  for (const WhisperSegment& s : text.segments) out.insert(out.end(), s.tokens.begin(), s.tokens.end());
  return out;
}

TEST_F(WhisperTest, WritesWhatThePartsWriteByThemselves) {
  const std::vector<float> samples = test::bursts(7.0);
  TranscriberOptions o = options("auto");
  o.whisper.timestamps = false;  // one window
  const Transcript found = run(alone, o, samples);
  ASSERT_TRUE(found.whisper);

  const auto bundle = bundle::Bundle::open(alone);
  const frontend::LogMel mel(static_cast<int>(bundle.encoder_config()->n_mels));
  std::vector<float> frames(static_cast<std::size_t>(bundle.encoder_config()->mel_size()));
  mel.compute(samples, frontend::Padding::log_mel, frames);
  const auto encoder = whisper::Encoder::load(*bundle.encoder_weights(), *bundle.encoder_config(), {});
  auto workspace = encoder.make_workspace(1);
  std::vector<float> features(static_cast<std::size_t>(bundle.encoder_config()->feature_size()));
  encoder.run(frames, features, workspace);
  const auto decoder = whisper::IncrementalDecoder::load(*bundle.decoder().weights, bundle.decoder().config, {});
  const auto tokenizer = tokenizer::Tokenizer::load(bundle.path(bundle.decoder().entry->tokenizer));
  generate::TextDecoder text(decoder, tokenizer, generate::GenerationConfig::defaults(bundle.decoder().config));
  generate::DecodeOptions decode;
  decode.language = "en";
  decode.temperatures = {0.0};
  decode.timestamps = false;
  const auto expected = text.decode(features, 1500, decode);
  ASSERT_FALSE(expected.tokens.empty());
  EXPECT_EQ(tokens_of(*found.whisper), expected.tokens);
  EXPECT_EQ(found.whisper->decoder, "first");
  EXPECT_EQ(found.whisper->language, "en");
  EXPECT_NEAR(found.audio_seconds, 7.0, 1e-9);
  EXPECT_EQ(found.text, found.whisper->text);
  EXPECT_EQ(found.timings.head_runs, 0);
}

TEST_F(WhisperTest, BothWriteWhatEachWritesAloneFromOnePassOfTheEncoder) {
  const std::vector<float> samples = test::bursts(9.0);
  TranscriberOptions o = options("both");
  o.whisper.timestamps = false;  // one window
  const Transcript both = run(with_head, o, samples);
  o.decoder = "whisper";
  const Transcript whisper = run(with_head, o, samples);
  const Transcript ctc = run(with_head, options("ctc"), samples);
  ASSERT_TRUE(both.whisper && whisper.whisper);
  EXPECT_FALSE(ctc.whisper);
  EXPECT_FALSE(both.whisper->text.empty());
  EXPECT_EQ(both.whisper->text, whisper.whisper->text);
  EXPECT_EQ(tokens_of(*both.whisper), tokens_of(*whisper.whisper));
  EXPECT_EQ(both.text, ctc.text);
  ASSERT_EQ(both.characters.size(), ctc.characters.size());
  for (std::size_t i = 0; i < ctc.characters.size(); ++i) {
    EXPECT_EQ(both.characters[i].start, ctc.characters[i].start);
  }
  EXPECT_EQ(both.timings.encoder_runs, 1);
  EXPECT_EQ(both.timings.head_runs, 1);
}

// The decoder reads Whisper's own log-mel, the head the one that it was trained with.
TEST_F(WhisperTest, BothReadTheirOwnLogMelAndItIsSaidThatTheEncoderRanTwice) {
  const std::string apart = test::make_whisper_bundle(*dir, "apart", true, frontend::kReferenceFraming);
  for (const double seconds : {9.0, 70.0}) {
    const std::vector<float> samples = test::bursts(seconds);
    TranscriberOptions o = options("both");
    o.whisper.timestamps = false;
    const Transcript both = run(apart, o, samples);
    ASSERT_TRUE(both.whisper);
    EXPECT_EQ(both.timings.encoder_runs, 2 * both.whisper->windows);
    ASSERT_EQ(both.warnings.size(), 1U);
    EXPECT_THAT(both.warnings.front(), ::testing::HasSubstr("the encoder ran twice in"));
    EXPECT_THAT(both.warnings.front(), ::testing::HasSubstr("padding samples, scope window"));
    EXPECT_THAT(both.warnings.front(), ::testing::HasSubstr("padding log_mel, scope recording"));
    o.decoder = "whisper";
    const Transcript whisper = run(apart, o, samples);
    EXPECT_EQ(tokens_of(*both.whisper), tokens_of(*whisper.whisper));
    EXPECT_EQ(tokens_of(*both.whisper), tokens_of(*run(alone, o, samples).whisper));
    EXPECT_TRUE(whisper.warnings.empty());
    o.decoder = "both";
    EXPECT_EQ(both.text, run(with_head, o, samples).text) << "the head's reading does not depend on the decoder's";
    EXPECT_TRUE(run(with_head, o, samples).warnings.empty());
  }
}

// Nothing has to be padded in a full window, and silent ends look the same in a mirror.
TEST_F(WhisperTest, EqualLogMelsAreEncodedOnceWhateverTheContractsSay) {
  const std::string apart =
      test::make_whisper_bundle(*dir, "equal", true, frontend::Framing{frontend::Padding::log_mel});
  std::vector<float> samples = test::bursts(30.0);
  std::fill(samples.begin(), samples.begin() + 400, 0.0F);
  std::fill(samples.end() - 400, samples.end(), 0.0F);
  TranscriberOptions o = options("both");
  o.whisper.timestamps = false;
  const Transcript t = run(apart, o, samples);
  EXPECT_EQ(t.timings.encoder_runs, 1);
  EXPECT_TRUE(t.warnings.empty());
}

// What comes through a pipe is stored, for the recording's loudest moment is known only at its end.
TEST_F(WhisperTest, APipeIsReadAsTheSameSamplesAre) {
  std::vector<float> samples = test::bursts(45.0);
  for (float& s : samples) s = std::nearbyint(s * 32767.0F) / 32768.0F;
  std::fill(samples.begin() + 16000 * 31, samples.begin() + 16000 * 33, 0.0F);
  const std::string pipe = *dir / "twice.au";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  const std::jthread writer([&] { test::write_endless_au(pipe, samples); });
  const Transcriber transcriber(Bundle::open(alone), options("whisper"));
  const Transcript piped = transcriber.transcribe_file(pipe), direct = transcriber.transcribe_samples(samples);
  EXPECT_EQ(tokens_of(*piped.whisper), tokens_of(*direct.whisper));
  EXPECT_EQ(piped.audio_seconds, direct.audio_seconds);
}

TEST_F(WhisperTest, LongRecordingsAreEncodedOnceAWindow) {
  const std::vector<float> samples = test::bursts(95.0);
  for (const bool timestamps : {false, true}) {
    TranscriberOptions o = options("both");
    o.whisper.timestamps = timestamps;
    const Transcript both = run(with_head, o, samples);
    EXPECT_EQ(both.timings.encoder_runs, both.whisper->windows + both.whisper->silent_windows);
    EXPECT_EQ(both.timings.head_runs, both.timings.encoder_runs);
    EXPECT_GE(both.whisper->windows, 4);
    if (!timestamps) {
      EXPECT_EQ(both.whisper->windows, 4);
    }
    EXPECT_NEAR(both.audio_seconds, 95.0, 1e-9);
    double before = 0.0;
    for (const Character& c : both.characters) {
      EXPECT_GE(c.start, before - 1e-9);
      before = c.start;
    }
  }
}

TEST_F(WhisperTest, SilenceIsKeptFromTheDecoder) {
  const std::vector<float> silence(16000 * 10, 0.0F);
  TranscriberOptions o = options("whisper");
  const Transcript gated = run(alone, o, silence);
  EXPECT_EQ(gated.whisper->windows, 0);
  EXPECT_EQ(gated.whisper->silent_windows, 1);
  EXPECT_EQ(gated.text, "");
  EXPECT_EQ(gated.timings.encoder_runs, 0);
  o.whisper.silence = "off";
  const Transcript open = run(alone, o, silence);
  EXPECT_GE(open.whisper->windows, 1);
  EXPECT_EQ(open.whisper->silent_windows, 0);
  // The head of a random model reads something everywhere: it overrules the gate, and that is said.
  o = options("both");
  const Transcript both = run(with_head, o, silence);
  EXPECT_GE(both.whisper->windows + both.whisper->silent_windows, 1);
  EXPECT_EQ(both.timings.encoder_runs, both.whisper->windows + both.whisper->silent_windows);
}

TEST_F(WhisperTest, ClipsAndWordsAndDecodersAreChosen) {
  const std::vector<float> samples = test::bursts(40.0);
  TranscriberOptions o = options("whisper");
  o.whisper.decoder = "second";
  o.whisper.word_times = true;
  o.whisper.clips = {31.0, 36.0};
  const Transcript t = run(alone, o, samples);
  EXPECT_EQ(t.whisper->decoder, "second");
  ASSERT_FALSE(t.whisper->segments.empty());
  std::size_t words = 0;
  for (const WhisperSegment& s : t.whisper->segments) {
    EXPECT_GE(s.start, 31.0 - 1e-6);
    EXPECT_LE(s.end, 40.0);
    words += s.words.size();
  }
  EXPECT_EQ(t.words.size(), words);
  EXPECT_EQ(t.whisper->windows + t.whisper->silent_windows, t.timings.encoder_runs + t.whisper->silent_windows);
  for (const char* cache : {"f32", "bf16"}) {
    o.whisper.cache = cache;
    EXPECT_FALSE(run(alone, o, samples).whisper->segments.empty()) << cache;
  }
}

TEST_F(WhisperTest, EachSegmentIsReportedOnceAndCallersMayStop) {
  const Transcriber transcriber(Bundle::open(alone), options("whisper"));
  Callbacks callbacks;
  std::vector<std::string> seen;
  callbacks.segment = [&](const Segment& s) { seen.push_back(s.text); };
  double last = -1.0;
  callbacks.progress = [&](const Progress& p) {
    EXPECT_GE(p.done_seconds, last);
    last = p.done_seconds;
  };
  const auto samples = test::bursts(65.0);
  const Transcript t = transcriber.transcribe_samples(samples, callbacks);
  ASSERT_EQ(seen.size(), t.segments.size());
  for (std::size_t i = 0; i < seen.size(); ++i) EXPECT_EQ(seen[i], t.segments[i].text);
  EXPECT_GE(last, 30.0);
  last = -1.0;
  callbacks.segment = [](const Segment&) { throw std::runtime_error("enough"); };
  EXPECT_THROW((void)transcriber.transcribe_samples(samples, callbacks), std::runtime_error);
  EXPECT_EQ(transcriber.transcribe_samples(samples).text, t.text) << "after a stop, and again";
}

TEST_F(WhisperTest, ProgressTellsTheEndAndDoesNotSkipSilentWindows) {
  // Speech, two windows of silence, speech.
  std::vector<float> samples = test::bursts(25.0);
  samples.resize(std::size_t{16000} * 95, 0.0F);
  const std::vector<float> last = test::bursts(12.0);
  samples.insert(samples.end(), last.begin(), last.end());
  for (const char* decoder : {"whisper", "both"}) {
    TranscriberOptions o = options(decoder);
    o.whisper.timestamps = false;  // windows every 30 s
    std::vector<double> done;
    Callbacks callbacks;
    callbacks.progress = [&](const Progress& p) {
      EXPECT_EQ(p.total_seconds, 107.0);
      done.push_back(p.done_seconds);
    };
    (void)Transcriber(Bundle::open(with_head), o).transcribe_samples(samples, callbacks);
    EXPECT_EQ(done, (std::vector<double>{0.0, 30.0, 60.0, 90.0, 107.0})) << decoder;
  }
}

// Timestamps may point into the silence that fills up the last window; those of a random model do.
TEST_F(WhisperTest, NoTimeLiesBehindTheRecordingsEnd) {
  for (const bool words : {false, true}) {
    TranscriberOptions o = options("whisper");
    o.whisper.word_times = words;
    Callbacks callbacks;
    callbacks.segment = [](const Segment& s) { EXPECT_LE(s.end, 33.0); };
    const Transcriber transcriber(Bundle::open(alone), o);
    const Transcript t = transcriber.transcribe_samples(test::bursts(33.0), callbacks);
    ASSERT_FALSE(t.segments.empty());
    for (const Segment& s : t.segments) {
      EXPECT_LE(s.end, 33.0);
      EXPECT_LE(s.start, s.end);
    }
    for (const Word& w : t.words) {
      EXPECT_LE(w.end, 33.0);
      EXPECT_LE(w.start, w.end);
    }
  }
}

// cases/cue-past-end, in the middle of a recording: the silence that fills up a part's window is not the recording's.
TEST_F(WhisperTest, NoTimeLiesBehindThePartsEnd) {
  const std::vector<float> samples = test::bursts(40.0);
  for (const double end : {3.0, 7.3, 21.0}) {
    TranscriberOptions o = options("whisper");
    o.whisper.silence = "off";
    o.whisper.clips = {1.0, end};
    const Transcript found = run(alone, o, samples);
    EXPECT_FALSE(found.segments.empty());
    for (const Segment& s : found.segments) EXPECT_LE(s.end, end + 1e-9) << end;
  }
}

// cases/late-audio-times: the sound of a video that begins after its picture.
TEST_F(WhisperTest, NoCueBeginsInPerfectSilence) {
  std::vector<float> samples(5 * 16000, 0.0F);
  const std::vector<float> sound = test::bursts(9.0);
  samples.insert(samples.end(), sound.begin(), sound.end());
  const Transcript found = run(alone, options("whisper"), samples);
  ASSERT_FALSE(found.segments.empty());
  for (const Segment& s : found.segments) EXPECT_GE(s.start, 4.99);
}

TEST_F(WhisperTest, SamplesFarOutsideTheRangeAreTold) {
  std::vector<float> samples = test::bursts(1.0);
  EXPECT_TRUE(run(with_head, options("ctc"), samples).warnings.empty());
  samples[10] = samples[20] = -40.0F;
  const Transcript found = run(with_head, options("ctc"), samples);
  ASSERT_EQ(found.warnings.size(), 1U);
  EXPECT_EQ(found.warnings[0], "samples: 2 samples far outside of [-1, 1], up to 40");
}

TEST_F(WhisperTest, AClipBehindTheEndIsNoProgress) {
  TranscriberOptions o = options("whisper");
  o.whisper.clips = {100.0, 120.0};
  std::vector<double> done;
  Callbacks callbacks;
  callbacks.progress = [&](const Progress& p) { done.push_back(p.done_seconds); };
  (void)Transcriber(Bundle::open(alone), o).transcribe_samples(test::bursts(40.0), callbacks);
  EXPECT_EQ(done, std::vector<double>{40.0});
}

TEST_F(WhisperTest, AnUnknownLengthIsReportedAsZero) {
  const std::string pipe = *dir / "live.au";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  const std::jthread writer([&] { test::write_endless_au(pipe, test::bursts(40.0)); });
  std::vector<Progress> seen;
  Callbacks callbacks;
  callbacks.progress = [&](const Progress& p) { seen.push_back(p); };
  const Transcriber transcriber(Bundle::open(alone), options("whisper"));
  EXPECT_NEAR(transcriber.transcribe_file(pipe, callbacks).audio_seconds, 40.0, 0.001);
  ASSERT_FALSE(seen.empty());
  EXPECT_NEAR(seen.back().done_seconds, 40.0, 0.001);
  for (const Progress& p : seen) EXPECT_EQ(p.total_seconds, 0.0);
}

TEST_F(WhisperTest, JsonHasTheSecondText) {
  TranscriberOptions o = options("both");
  o.whisper.timestamps = false;
  const Transcript t = run(with_head, o, test::bursts(4.0));
  const auto json = nlohmann::json::parse(pipeline::write(t, pipeline::Format::json, "x.wav"));
  EXPECT_EQ(json.at("whisper").at("text"), t.whisper->text);
  EXPECT_EQ(json.at("whisper").at("segments").size(), t.whisper->segments.size());
  EXPECT_EQ(json.at("encoder_runs"), 1);
  const Transcript ctc = run(with_head, options("ctc"), test::bursts(4.0));
  EXPECT_TRUE(nlohmann::json::parse(pipeline::write(ctc, pipeline::Format::json, "x.wav")).at("whisper").is_null());
}

TEST_F(WhisperTest, ImpossibleOptionsAreNamed) {
  const auto refused = [](const std::string& folder, TranscriberOptions o, ErrorCategory category, const char* part) {
    return fails_with(category, part, [&] { (void)run(folder, o, test::bursts(2.0)); });
  };
  TranscriberOptions o = options("whisper");
  EXPECT_TRUE(refused(alone, options("ctc"), ErrorCategory::incomplete, "a CTC head"));
  EXPECT_TRUE(refused(alone, options("both"), ErrorCategory::incomplete, "a CTC head"));
  EXPECT_TRUE(refused(alone, options("all"), ErrorCategory::usage, "auto, ctc, whisper or both"));
  o.whisper.decoder = "third";
  EXPECT_TRUE(refused(alone, o, ErrorCategory::usage, "first"));
  o = options("whisper");
  o.whisper.language = "klingon";
  EXPECT_TRUE(refused(alone, o, ErrorCategory::usage, "klingon"));
  o = options("whisper");
  o.whisper.task = "sing";
  EXPECT_TRUE(refused(alone, o, ErrorCategory::usage, "transcribe or translate"));
  o = options("whisper");
  for (int i = 0; i < 50; ++i) o.whisper.initial_prompt += "many words ";
  EXPECT_TRUE(refused(alone, o, ErrorCategory::usage, "initial prompt"));
  o = options("whisper");
  o.whisper.patience = 2.0;
  EXPECT_TRUE(refused(alone, o, ErrorCategory::usage, "a beam size"));
  o = options("whisper");
  o.whisper.cache = "turbo9";
  EXPECT_TRUE(refused(alone, o, ErrorCategory::usage, "affine8"));
  o.whisper.cache = "affine8";
  EXPECT_TRUE(refused(alone, o, ErrorCategory::usage, "a multiple of 16"));
  o = options("whisper");
  o.whisper.silence = *dir / "missing.bin";
  EXPECT_TRUE(refused(alone, o, ErrorCategory::no_input, "missing.bin"));
  o = options("whisper");
  o.correct = "balanced";
  EXPECT_TRUE(refused(alone, o, ErrorCategory::incomplete, "a CTC head"));
  test::TempDir other;
  EXPECT_TRUE(refused(test::make_tiny_bundle(other), options("whisper"), ErrorCategory::incomplete, "decoder"));
}

TEST_F(WhisperTest, ImpossibleOptionsAreRefusedBeforeWeightsArePacked) {
  const auto refused = [](ErrorCategory category, const char* part, auto change) {
    TranscriberOptions o = options("whisper");
    change(o.whisper);
    bool packed = false;
    o.load_progress = [&](std::int64_t, std::int64_t) { packed = true; };
    const auto result = fails_with(category, part, [&] { (void)Transcriber(Bundle::open(alone), o); });
    return packed ? ::testing::AssertionFailure() << part << ": the weights were packed first" : result;
  };
  using Category = ErrorCategory;
  std::string long_text;
  for (int i = 0; i < 60; ++i) long_text += "many words ";
  EXPECT_TRUE(refused(Category::usage, "klingon", [](auto& w) { w.language = "klingon"; }));
  EXPECT_TRUE(refused(Category::usage, "task", [](auto& w) { w.task = "sing"; }));
  EXPECT_TRUE(refused(Category::usage, "decoding: temperature", [](auto& w) { w.temperatures = {0.0, -0.5}; }));
  EXPECT_TRUE(refused(Category::usage, "temperatures", [](auto& w) { w.temperatures.clear(); }));
  EXPECT_TRUE(refused(Category::usage, "beam size", [](auto& w) { w.beam_size = 33; }));
  EXPECT_TRUE(refused(Category::usage, "best of", [](auto& w) { w.best_of = 0; }));
  EXPECT_TRUE(refused(Category::usage, "length penalty", [](auto& w) { w.length_penalty = -1.0; }));
  EXPECT_TRUE(refused(Category::usage, "tokens", [](auto& w) { w.max_tokens = 0; }));
  EXPECT_TRUE(refused(Category::usage, "prefix", [&](auto& w) { w.prefix = long_text; }));
  EXPECT_TRUE(refused(Category::usage, "initial prompt", [&](auto& w) { w.initial_prompt = long_text; }));
  EXPECT_TRUE(refused(Category::bad_data, "suppress_tokens", [](auto& w) { w.suppress = {1'000'000}; }));
  EXPECT_TRUE(refused(Category::usage, "clips", [](auto& w) { w.clips = {5.0, 1.0}; }));
  EXPECT_TRUE(refused(Category::usage, "word times", [](auto& w) { w.hallucination_silence_threshold = 2.0; }));
  EXPECT_TRUE(refused(Category::usage, "a multiple of 16", [](auto& w) { w.cache = "affine8"; }));
  EXPECT_TRUE(refused(Category::no_input, "missing.bin", [](auto& w) { w.silence = *dir / "missing.bin"; }));
}

TEST_F(WhisperTest, AnArithmeticNeedsARecordOfTheDecoder) {
  TranscriberOptions o = options("whisper");
  o.precision = "bf16";
  EXPECT_TRUE(
      fails_with(ErrorCategory::incomplete, "for decoder first", [&] { (void)Transcriber(Bundle::open(alone), o); }));
  o.allow_unadmitted = true;
  EXPECT_EQ(Transcriber(Bundle::open(alone), o).precision(), "bf16");
  o.allow_unadmitted = false;

  test::TempDir fresh;
  const std::string folder = test::make_whisper_bundle(fresh, "recorded", false);
  bundle::Manifest manifest = bundle::Bundle::open(folder).manifest();
  bundle::PrecisionRecord record;
  record.precision = "bf16";
  record.gates = {{std::string(bundle::kFeatureGate), 0.01, 0.05, true},
                  {std::string(bundle::kLogitGate), 0.1, 2.0, true},
                  {std::string(bundle::kDecodeGate), 0.0, 0.002, true}};
  for (const bundle::Gate& gate : bundle::gates_of({30, 1000, 0.1}, {})) record.gates.push_back(gate);
  record.evaluation = "made up";
  record.utterances = 1;
  record.tool = "test";
  manifest.decoders.front().precisions = {record};
  bundle::replace_manifest(folder, manifest);
  o.precision = "auto";
  EXPECT_EQ(Transcriber(Bundle::open(folder), o).precision(), "bf16");
  o.whisper.decoder = "second";
  EXPECT_EQ(Transcriber(Bundle::open(folder), o).precision(), "f32") << "another decoder's record";
}

}  // namespace
}  // namespace seben
