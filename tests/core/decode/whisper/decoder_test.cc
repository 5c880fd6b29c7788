// SPDX-License-Identifier: Apache-2.0
// What the public entry does beside the parity: sampling, fallback, languages, gates and errors.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "decode/whisper/fallback.h"
#include "decode/whisper/strip.h"
#include "decode/whisper/windows.h"
#include "support/errors.h"
#include "support/small_model.h"

namespace seben::generate {
namespace {

using ::seben::test::fails_with;
using test::small_model;

DecodeOptions at(std::vector<double> temperatures) {
  DecodeOptions o;
  o.language = "en";
  o.temperatures = std::move(temperatures);
  o.thresholds = {std::nullopt, std::nullopt, std::nullopt, false};
  return o;
}

TEST(TextDecoder, EqualSeedsDrawEqualTexts) {
  TextDecoder decoder = small_model().decoder();
  decoder.encode(test::invent(1), test::kFrames, 1);
  DecodeOptions o = at({0.8});
  const DecodeResult first = decoder.decode(o), again = decoder.decode(o);
  EXPECT_EQ(first.tokens, again.tokens);
  EXPECT_EQ(first.avg_logprob, again.avg_logprob);
  o.seed = 1;
  EXPECT_NE(decoder.decode(o).tokens, first.tokens);
}

TEST(TextDecoder, ATemperatureNearZeroIsGreedy) {
  TextDecoder decoder = small_model().decoder();
  decoder.encode(test::invent(2), test::kFrames, 1);
  EXPECT_EQ(decoder.decode(at({1e-4})).tokens, decoder.decode(at({0.0})).tokens);
}

TEST(TextDecoder, BestOfManyIsAtLeastAsProbable) {
  TextDecoder decoder = small_model().decoder();
  decoder.encode(test::invent(3), test::kFrames, 1);
  DecodeOptions one = at({1.0}), many = one;
  one.best_of = 1;
  many.best_of = 8;
  const auto score = [](const DecodeResult& r) {
    return r.avg_logprob * static_cast<double>(r.tokens.size() + 1) / static_cast<double>(r.tokens.size());
  };
  EXPECT_GE(score(decoder.decode(many)), score(decoder.decode(one)));  // the first of them is the one
}

TEST(TextDecoder, FallsBackUntilItIsGoodEnough) {
  TextDecoder decoder = small_model().decoder();
  decoder.encode(test::invent(0), test::kFrames, 1);
  DecodeOptions o = at({0.0, 0.4, 1.0});
  o.thresholds.logprob = 0.0;  // nothing is
  const DecodeResult last = decoder.decode(o);
  EXPECT_EQ(last.temperature, 1.0);
  EXPECT_EQ(last.decodings, 3);
  o.thresholds.no_speech = -1.0;  // everything counts as silence, which needs no fallback
  EXPECT_EQ(decoder.decode(o).decodings, 1);
}

TEST(TextDecoder, ThreadsDoNotChangeTheText) {
  TextDecoder decoder = small_model().decoder();
  DecodeOptions o = at({0.0});
  o.beam_size = 3;
  const DecodeResult one = decoder.decode(test::invent(4), test::kFrames, o);
  o.threads = 2;
  const DecodeResult two = decoder.decode(test::invent(4), test::kFrames, o);
  EXPECT_EQ(one.tokens, two.tokens);
  EXPECT_EQ(one.avg_logprob, two.avg_logprob);
}

TEST(TextDecoder, DetectsOneOfTheLanguages) {
  TextDecoder decoder = small_model().decoder();
  DecodeOptions o = at({0.0});
  o.language.clear();
  const DecodeResult found = decoder.decode(test::invent(5), test::kFrames, o);
  ASSERT_EQ(found.language_probability.size(), 6U);
  EXPECT_EQ(found.language, found.language_probability.front().first);
  double sum = 0.0;
  for (const auto& [code, probability] : found.language_probability) sum += probability;
  EXPECT_NEAR(sum, 1.0, 1e-9);
  o.language = found.language;
  EXPECT_EQ(decoder.decode(o).tokens, found.tokens);
}

TEST(TextDecoder, LowerPrecisionsStayClose) {
  const test::SmallModel& exact = small_model();
  for (const auto precision : {kernels::Precision::bf16, kernels::Precision::int8}) {
    const test::SmallModel rough(precision);
    TextDecoder a = exact.decoder(), b = rough.decoder();
    a.encode(test::invent(6), test::kFrames, 1);
    b.encode(test::invent(6), test::kFrames, 1);
    EXPECT_NEAR(a.decode(at({0.0})).avg_logprob, b.decode(at({0.0})).avg_logprob, 0.3);
  }
}

TEST(TextDecoder, WhatCannotBeIsOneError) {
  TextDecoder decoder = small_model().decoder();
  decoder.encode(test::invent(0), test::kFrames, 1);
  const auto refused = [&](const char* text, auto change) {
    DecodeOptions o = at({0.0});
    change(o);
    return fails_with(ErrorCategory::usage, text, [&] { (void)decoder.decode(o); });
  };
  EXPECT_TRUE(
      refused("language: expected one of the model's 6 languages, found \"tlh\"", [](auto& o) { o.language = "tlh"; }));
  EXPECT_TRUE(refused("prompt: expected at most 31 tokens, found 32",
                      [](auto& o) { o.prompt = std::vector<std::int32_t>(32, 300); }));
  EXPECT_TRUE(refused("prefix: expected at most 59 tokens, found 60",
                      [](auto& o) { o.prefix = std::vector<std::int32_t>(60, 300); }));
  EXPECT_TRUE(refused("prompt: expected tokens 0..1270, found 1271", [](auto& o) { o.prompt = {1271}; }));
  EXPECT_TRUE(refused("beam size: expected 1..32, found 0", [](auto& o) { o.beam_size = 0; }));
  EXPECT_TRUE(refused("best of: expected 1..32, found 33", [](auto& o) { o.best_of = 33; }));
  EXPECT_TRUE(refused("patience", [](auto& o) { o.patience = std::numeric_limits<double>::quiet_NaN(); }));
  EXPECT_TRUE(refused("patience: expected at least one text", [](auto& o) {
    o.beam_size = 2;
    o.patience = 0.1;
  }));
  EXPECT_TRUE(refused("temperature: expected 0..10", [](auto& o) { o.temperatures = {-0.5}; }));
  EXPECT_TRUE(refused("temperatures: expected at least one", [](auto& o) { o.temperatures.clear(); }));
  EXPECT_TRUE(refused("length penalty", [](auto& o) { o.length_penalty = -1.0; }));
  EXPECT_TRUE(refused("threads", [](auto& o) { o.threads = 0; }));
  EXPECT_TRUE(refused("tokens: expected at least 1", [](auto& o) { o.max_tokens = 0; }));
}

TEST(TextDecoder, AnEnglishModelTakesNoLanguages) {
  GenerationConfig config = GenerationConfig::defaults(small_model().sizes);
  config.multilingual = false;
  TextDecoder decoder(small_model().network, small_model().words, config);
  DecodeOptions o = at({0.0});
  o.language.clear();
  EXPECT_EQ(decoder.decode(test::invent(0), test::kFrames, o).language, "en");
  o.language = "zh";
  EXPECT_TRUE(fails_with(ErrorCategory::usage, "knows English only", [&] { (void)decoder.decode(o); }));
  o.language = "en";
  o.task = Task::translate;
  EXPECT_TRUE(fails_with(ErrorCategory::usage, "task: expected transcribe", [&] { (void)decoder.decode(o); }));
}

TEST(Prompt, HasItsPartsInOrder) {
  const auto& words = small_model().words;
  const auto& s = words.specials();
  DecodeOptions o = at({0.0});
  o.task = Task::translate;
  o.timestamps = false;
  o.prompt = {7, 8};
  o.prefix = {9};
  const Prompt prompt = build_prompt(words, {true, 64}, "Chinese", o);
  EXPECT_EQ(prompt.tokens, (std::vector<std::int32_t>{*s.startofprev, 7, 8, s.startoftranscript, *s.language("zh"),
                                                      *s.translate, *s.notimestamps, 9}));
  EXPECT_EQ(prompt.start, 3);
}

TEST(Prompt, APrefixThatIsTextIsSaidFromTheWindowsBeginning) {
  const auto& words = small_model().words;
  const auto& s = words.specials();
  DecodeOptions o = at({0.0});
  o.prefix = {9};
  const Prompt timed = build_prompt(words, {true, 64}, "en", o);
  EXPECT_EQ(timed.tokens,
            (std::vector<std::int32_t>{s.startoftranscript, *s.language("en"), *s.transcribe, *s.timestamp_begin, 9}));
  EXPECT_EQ(timed.text, 3);
  o.prefix_is_text = false;
  EXPECT_EQ(build_prompt(words, {true, 64}, "en", o).tokens.size(), timed.tokens.size() - 1);
}

// cases/prefix-loses-text: a timestamp was forced behind the prefix, and closed the text before it had begun.
TEST(TextDecoder, APrefixBeginsTheTextAndIsPartOfIt) {
  TextDecoder decoder = small_model().decoder();
  const auto& words = small_model().words;
  const std::int32_t zero = *words.specials().timestamp_begin;
  for (const std::uint32_t clip : {0U, 3U, 6U}) {
    decoder.encode(test::invent(clip), test::kFrames, 1);
    for (const bool timestamps : {true, false}) {
      for (const std::int64_t beams : {1, 3}) {
        DecodeOptions o = at({0.0});
        o.timestamps = timestamps;
        if (beams > 1) o.beam_size = beams;
        o.prefix = encode_context(words, "the runner");
        const DecodeResult found = decoder.decode(o);
        std::vector<std::int32_t> begin = o.prefix;
        if (timestamps) begin.insert(begin.begin(), zero);
        ASSERT_GT(found.tokens.size(), begin.size());
        EXPECT_TRUE(std::equal(begin.begin(), begin.end(), found.tokens.begin()));
        EXPECT_TRUE(found.text.starts_with("the runner")) << found.text;
      }
    }
  }
}

TEST(Prompt, ContextHasOneSpaceInFront) {
  const auto& words = small_model().words;
  EXPECT_EQ(encode_context(words, " \n the runner\t"), words.encode(" the runner"));
}

TEST(Strip, TakesUnicodeSpacesOnlyFromTheEnds) {
  EXPECT_EQ(strip("\xC2\xA0 a b\xE3\x80\x80\n"), "a b");
  EXPECT_EQ(strip(" \t"), "");
  EXPECT_EQ(strip(""), "");
  EXPECT_EQ(strip(" \xDF\x8A"), "\xDF\x8A");
}

TEST(Windows, SilentOnesAreNotDecodedAndTheLoopEnds) {
  TextDecoder decoder = small_model().decoder();
  Recording recording;
  recording.available = of_length(9500);
  std::int64_t encoded = 0;
  recording.features = [&](std::int64_t seek, std::int64_t frames, std::span<float> features) {
    ++encoded;
    EXPECT_LE(seek + frames, 9500);
    test::invent(static_cast<std::uint32_t>(seek), features);
  };
  recording.is_silent = [](std::int64_t, std::int64_t) { return true; };
  TranscribeOptions o;
  o.decode = at({0.0});
  const Transcript silent = transcribe(decoder, recording, o);
  EXPECT_EQ(silent.silent, 4);
  EXPECT_EQ(encoded, 0);
  EXPECT_TRUE(silent.segments.empty());
  recording.is_silent = [](std::int64_t seek, std::int64_t) { return seek < 3000; };
  std::size_t told = 0;
  o.on_segment = [&](const Segment& s) {
    ++told;
    EXPECT_GE(s.start, 30.0);
  };
  const Transcript heard = transcribe(decoder, recording, o);
  EXPECT_GE(heard.silent, 1);
  EXPECT_EQ(heard.windows, encoded);
  EXPECT_EQ(told, heard.segments.size());
}

TEST(Windows, AreSkippedWhenNobodySpeaks) {
  TextDecoder decoder = small_model().decoder();
  Recording recording;
  recording.available = of_length(5000);
  recording.features = [](std::int64_t, std::int64_t, std::span<float> features) { test::invent(1, features); };
  TranscribeOptions o;
  o.decode = at({0.0});
  o.decode.thresholds.no_speech = -1.0;  // every window is above it
  const Transcript found = transcribe(decoder, recording, o);
  EXPECT_EQ(found.windows, 2);
  EXPECT_TRUE(found.segments.empty());
  EXPECT_EQ(found.text, "");
  o.initial_prompt = std::vector<std::int32_t>(32, 300);
  EXPECT_TRUE(fails_with(ErrorCategory::usage, "initial prompt", [&] { (void)transcribe(decoder, recording, o); }));
}

TEST(Windows, LeaveOutWhatWasInventedAndSayIt) {
  TextDecoder decoder = small_model().decoder();
  Recording recording;
  recording.available = of_length(5000);
  recording.features = [](std::int64_t, std::int64_t, std::span<float> features) { test::invent(1, features); };
  TranscribeOptions o;
  o.decode = at({0.0});
  o.decode.thresholds.compression_ratio = 0.0;  // every text repeats itself
  const Transcript all = transcribe(decoder, recording, o);
  EXPECT_FALSE(all.text.empty());
  o.decode.thresholds.invention = -1.0;  // and nobody ever speaks
  const Transcript none = transcribe(decoder, recording, o);
  EXPECT_EQ(none.text, "");
  EXPECT_TRUE(none.segments.empty());
  EXPECT_EQ(none.windows, 2);
  ASSERT_EQ(none.suspect.size(), 2U);
  EXPECT_EQ(none.suspect[1].substr(0, 30), "window at 30.0 s: no speech by");
}

DecodeResult heard(double no_speech, double compression, double logprob) {
  DecodeResult r;
  r.no_speech_prob = no_speech;
  r.compression_ratio = compression;
  r.avg_logprob = logprob;
  return r;
}

// How many decodings, and whether the text was taken for invented.
std::pair<std::int64_t, bool> judged(const DecodeResult& each, std::optional<double> invention) {
  DecodeOptions o;
  o.thresholds.invention = invention;
  const auto most = static_cast<std::int64_t>(o.temperatures.size());
  DecodeResult r = each;
  std::int64_t tried = 1;
  while (!settles(r, o.thresholds, tried == most)) ++tried;
  return {tried, r.invented};
}

TEST(Fallback, ARepetitiveTextWithoutSpeechIsInventedAtOnce) {
  using Judged = std::pair<std::int64_t, bool>;
  const DecodeResult repetitive = heard(0.5, 15.0, -0.1);
  EXPECT_EQ(judged(repetitive, 0.4), Judged(1, true));
  EXPECT_EQ(judged(repetitive, 0.6), Judged(6, false));  // somebody may sing
  EXPECT_EQ(judged(repetitive, std::nullopt), Judged(6, false));
  DecodeResult loop = heard(0.5, 2.0, -0.1);
  loop.loops = true;
  EXPECT_EQ(judged(loop, 0.4), Judged(1, true));
  EXPECT_EQ(judged(loop, std::nullopt), Judged(1, false));  // a loop that does not end the text
}

TEST(Fallback, WhatFailedAtEveryTemperatureIsInventedWithoutSpeech) {
  using Judged = std::pair<std::int64_t, bool>;
  EXPECT_EQ(judged(heard(0.5, 1.0, -2.0), 0.4), Judged(6, true));
  EXPECT_EQ(judged(heard(0.3, 1.0, -2.0), 0.4), Judged(6, false));
  EXPECT_EQ(judged(heard(0.9, 1.0, -0.5), 0.4), Judged(1, false));  // a sure text stays
  const double nothing = std::numeric_limits<double>::quiet_NaN();  // a vocabulary without such a token
  EXPECT_EQ(judged(heard(nothing, 15.0, -2.0), 0.4), Judged(6, false));
}

TEST(Fallback, CompressionRatioIsZlibs) {
  // len(text) / len(zlib.compress(text)) in Python
  EXPECT_NEAR(compression_ratio("the quick brown fox"), 19.0 / 27.0, 1e-12);
  std::string loop;
  for (int i = 0; i < 50; ++i) loop += " and so on";
  EXPECT_NEAR(compression_ratio(loop), 500.0 / 23.0, 1e-12);
  EXPECT_EQ(compression_ratio(""), 0.0);
}

TEST(GenerationConfig, ReadsListsAndHeads) {
  const auto read = [](const std::string& text) {
    const nlohmann::json json = base::parse_json(text, "generation_config.json");
    return GenerationConfig::from_json(base::JsonReader(json, "generation_config.json"), small_model().sizes);
  };
  const GenerationConfig none = read("{}");
  EXPECT_TRUE(none.multilingual);
  EXPECT_EQ(none.alignment_heads.size(), 4U);
  EXPECT_EQ(none.alignment_heads.front(), (whisper::AlignmentHead{1, 0}));
  const GenerationConfig full = read(R"({"is_multilingual":false,"suppress_tokens":[1,2],"begin_suppress_tokens":[220],
      "alignment_heads":[[0,3],[1,1]]})");
  EXPECT_FALSE(full.multilingual);
  EXPECT_EQ(full.suppress_tokens, (std::vector<std::int32_t>{1, 2}));
  EXPECT_EQ(full.alignment_heads, (std::vector<whisper::AlignmentHead>{{0, 3}, {1, 1}}));
  using ::seben::test::is_bad_data;
  // openai-whisper's default: what is suppressed unless the user says otherwise.
  EXPECT_EQ(read(R"({"suppress_tokens":[-1]})").suppress_tokens, std::vector<std::int32_t>());
  EXPECT_TRUE(is_bad_data("begin_suppress_tokens[0]", [&] { (void)read(R"({"begin_suppress_tokens":[-1]})"); }));
  EXPECT_TRUE(is_bad_data("suppress_tokens[0]", [&] { (void)read(R"({"suppress_tokens":[-2]})"); }));
  EXPECT_TRUE(is_bad_data("suppress_tokens[0]", [&] { (void)read(R"({"suppress_tokens":[1271]})"); }));
  EXPECT_TRUE(is_bad_data("alignment_heads", [&] { (void)read(R"({"alignment_heads":[[0,4]]})"); }));
  EXPECT_TRUE(is_bad_data("pairs of layer and head", [&] { (void)read(R"({"alignment_heads":[[0]]})"); }));
  EXPECT_TRUE(is_bad_data("every head once", [&] { (void)read(R"({"alignment_heads":[[0,1],[0,1]]})"); }));
}

}  // namespace
}  // namespace seben::generate
