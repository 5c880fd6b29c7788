// SPDX-License-Identifier: Apache-2.0
// Pieces of a recording that are decoded together: the text is what each says alone.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "decode/whisper/windows_together.h"
#include "support/errors.h"
#include "support/small_model.h"

namespace seben::generate {
namespace {

using seben::test::fails_with;
using test::small_model;

TranscribeOptions independent(bool timestamps = true) {
  TranscribeOptions o;
  o.decode.language = "en";
  o.decode.temperatures = {0.0};
  o.decode.timestamps = timestamps;
  o.decode.thresholds = {std::nullopt, std::nullopt, std::nullopt, false};
  o.condition_on_previous_text = false;
  return o;
}

// Pieces of various lengths; `silent` is asked of a window's first frame.
struct Invented {
  std::uint32_t base = 0;
  std::vector<std::int64_t> lengths;
  std::function<bool(std::int64_t seek)> silent = [](std::int64_t) { return false; };
  std::vector<std::int64_t> done = {};

  [[nodiscard]] PieceSource source() {
    return {[this, i = std::size_t{0}, at = std::int64_t{0}]() mutable -> std::optional<Piece> {
              if (i == lengths.size()) return std::nullopt;
              const std::int64_t first = at, frames = lengths[i++];
              at += frames;
              return Piece{first, frames, [this](std::int64_t seek, std::int64_t, std::span<float> features) {
                             if (silent(seek)) return false;
                             test::invent(base + static_cast<std::uint32_t>(seek), features);
                             return true;
                           }};
            },
            [this](std::int64_t frame) { done.push_back(frame); }};
  }
  [[nodiscard]] std::vector<double> clips() const {
    std::vector<double> out;
    std::int64_t at = 0;
    for (const std::int64_t frames : lengths) {
      out.push_back(static_cast<double>(at) / 100.0);
      at += frames;
      out.push_back(static_cast<double>(at) / 100.0);
    }
    return out;
  }
};

std::vector<std::int64_t> lengths() { return {3000, 2400, 1, 1800, 150, 2991, 640}; }

void expect_same(const Transcript& a, const Transcript& b, const std::string& what) {
  SCOPED_TRACE(what);
  EXPECT_EQ(a.text, b.text);
  EXPECT_EQ(a.language, b.language);
  EXPECT_EQ(a.windows, b.windows);
  EXPECT_EQ(a.silent, b.silent);
  EXPECT_EQ(a.suspect, b.suspect);
  ASSERT_EQ(a.segments.size(), b.segments.size());
  for (std::size_t i = 0; i < a.segments.size(); ++i) {
    const Segment &x = a.segments[i], &y = b.segments[i];
    EXPECT_EQ(x.seek, y.seek);
    EXPECT_EQ(x.tokens, y.tokens);
    EXPECT_EQ(x.text, y.text);
    EXPECT_EQ(std::tie(x.start, x.end, x.avg_logprob, x.temperature, x.repetition),
              std::tie(y.start, y.end, y.avg_logprob, y.temperature, y.repetition));  // every bit
    ASSERT_EQ(x.words.size(), y.words.size());
    for (std::size_t w = 0; w < x.words.size(); ++w) {
      EXPECT_EQ(std::tie(x.words[w].text, x.words[w].start, x.words[w].end, x.words[w].probability),
                std::tie(y.words[w].text, y.words[w].start, y.words[w].end, y.words[w].probability));
    }
  }
}

// Half of the windows fail at temperature 0, and some at every one.
TranscribeOptions falling_back() {
  TextDecoder decoder = small_model().decoder();
  TranscribeOptions out = independent();
  out.decode.max_tokens = 16;
  Invented sound{1'000, lengths()};
  std::vector<double> probable;
  for (const Segment& s : transcribe_together(decoder, sound.source(), out, 1).segments) {
    probable.push_back(s.avg_logprob);
  }
  std::ranges::nth_element(probable, probable.begin() + static_cast<std::ptrdiff_t>(probable.size() / 2));
  out.decode.thresholds.logprob = probable[probable.size() / 2];
  out.decode.temperatures = {0.0, 0.4, 1.0};
  out.decode.best_of = 3;
  return out;
}

std::map<std::string, TranscribeOptions> ways() {
  std::map<std::string, TranscribeOptions> out;
  out["greedy"] = independent();
  out["without timestamps"] = independent(false);
  out["beams"] = independent();
  out["beams"].decode.beam_size = 3;
  out["beams of transformers"] = out["beams"];
  out["beams of transformers"].decode.beam_style = BeamStyle::transformers;
  out["drawn"] = independent();
  out["drawn"].decode.temperatures = {0.7};
  out["drawn"].decode.best_of = 4;
  out["fallback"] = falling_back();
  out["invented"] = falling_back();
  out["invented"].decode.thresholds.invention = -1.0;  // what fails at every temperature is left out
  out["words"] = independent();
  out["words"].word_times = true;
  out["first window's prompt"] = independent();
  out["first window's prompt"].initial_prompt = {100, 101, 102};
  out["language of the first window"] = independent();
  out["language of the first window"].decode.language.clear();
  return out;
}

TEST(Together, TheTextDoesNotDependOnHowManyWindowsThereAre) {
  TextDecoder decoder = small_model().decoder();
  for (auto& [name, options] : ways()) {
    options.decode.max_tokens = 16;
    Invented sound{1'000, lengths()};
    const Transcript one = transcribe_together(decoder, sound.source(), options, 1);
    EXPECT_GE(one.windows, static_cast<std::int64_t>(sound.lengths.size()));
    for (const std::int64_t together : {2, 3, 64}) {
      options.decode.threads = static_cast<int>(1 + together % 3);
      expect_same(transcribe_together(decoder, sound.source(), options, together), one,
                  name + ", " + std::to_string(together));
    }
  }
}

TEST(Together, PiecesSayWhatClipsSayOneAfterTheOther) {
  TextDecoder decoder = small_model().decoder();
  for (auto& [name, options] : ways()) {
    if (options.word_times) continue;  // there a word is also judged by the one before the clip
    options.decode.max_tokens = 16;
    Invented sound{77, lengths()};
    const Transcript together = transcribe_together(decoder, sound.source(), options, 5);
    options.clips = sound.clips();
    Recording recording;
    recording.available = of_length(100'000);
    recording.features = [&](std::int64_t seek, std::int64_t, std::span<float> features) {
      test::invent(sound.base + static_cast<std::uint32_t>(seek), features);
    };
    expect_same(together, transcribe(decoder, recording, options), name);
  }
}

TEST(Together, SomeWindowsFallBackAndOthersDoNot) {
  TextDecoder decoder = small_model().decoder();
  TranscribeOptions options = falling_back();
  std::map<double, int> temperatures;
  options.on_segment = [&](const Segment& s) { ++temperatures[s.temperature]; };
  Invented sound{1'000, lengths()};
  (void)transcribe_together(decoder, sound.source(), options, 4);
  EXPECT_GE(temperatures.size(), 2U);  // or the law above says nothing of fallback
}

TEST(Together, SegmentsComeInOrderAsSoonAsTheyAreFinal) {
  TextDecoder decoder = small_model().decoder();
  TranscribeOptions options = independent();
  std::vector<std::int64_t> seeks;
  options.on_segment = [&](const Segment& s) { seeks.push_back(s.seek); };
  Invented sound{5, lengths()};
  const Transcript found = transcribe_together(decoder, sound.source(), options, 4);
  EXPECT_EQ(seeks.size(), found.segments.size());
  EXPECT_TRUE(std::ranges::is_sorted(seeks));
  std::vector<std::int64_t> ends;
  std::int64_t end = 0;
  for (const std::int64_t frames : sound.lengths) ends.push_back(end += frames);
  EXPECT_EQ(sound.done, ends);
}

TEST(Together, SilentPiecesAndRestsAreNotDecoded) {
  TextDecoder decoder = small_model().decoder();
  Invented sound{5, {3000, 3000, 2500}, [](std::int64_t seek) { return seek >= 3000 && seek < 6000; }};
  const Transcript found = transcribe_together(decoder, sound.source(), independent(false), 2);
  EXPECT_EQ(found.silent, 1);
  EXPECT_EQ(found.windows, 2);
  EXPECT_EQ(sound.done, (std::vector<std::int64_t>{3000, 6000, 8500}));
  Invented nothing{5, {3000, 200}, [](std::int64_t) { return true; }};
  const Transcript empty = transcribe_together(decoder, nothing.source(), independent(), 2);
  EXPECT_EQ(empty.text, "");
  EXPECT_EQ(empty.silent, 2);
  Invented none{5, {}};
  EXPECT_EQ(transcribe_together(decoder, none.source(), independent(), 2).windows, 0);
}

TEST(Together, CallersMayStop) {
  TextDecoder decoder = small_model().decoder();
  TranscribeOptions options = independent();
  options.on_segment = [](const Segment&) { throw Error(ErrorCategory::io, "segment", "a reader", "none"); };
  Invented sound{5, lengths()};
  EXPECT_TRUE(fails_with(ErrorCategory::io, "segment",
                         [&] { (void)transcribe_together(decoder, sound.source(), options, 3); }));
  options.on_segment = nullptr;
  EXPECT_GT(transcribe_together(decoder, sound.source(), options, 3).windows, 0);  // and the decoder is as it was
}

TEST(Together, WhatMakesWindowsDependOnEachOtherIsRefused) {
  TextDecoder decoder = small_model().decoder();
  const auto refuses = [&](TranscribeOptions options, std::int64_t together, const std::string& why) {
    Invented sound{5, {3000}};
    return fails_with(ErrorCategory::usage, why,
                      [&] { (void)transcribe_together(decoder, sound.source(), options, together); });
  };
  TranscribeOptions options = independent();
  options.condition_on_previous_text = true;
  EXPECT_TRUE(refuses(options, 2, "--no-condition-on-previous-text"));
  options = independent();
  options.carry_initial_prompt = true;
  EXPECT_TRUE(refuses(options, 2, "of the first window alone"));
  options = independent();
  options.word_times = true;
  options.hallucination_silence = 1.0;
  EXPECT_TRUE(refuses(options, 2, "hallucination silence"));
  for (const std::int64_t many : {std::int64_t{0}, std::int64_t{-1}, std::int64_t{65}, INT64_MAX, INT64_MIN}) {
    EXPECT_TRUE(refuses(independent(), many, "1..64"));
  }
}

}  // namespace
}  // namespace seben::generate
