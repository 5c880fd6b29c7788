// SPDX-License-Identifier: Apache-2.0
// Clips, silence around invented text, loops and gates of recordings of several windows.
#include "decode/whisper/windows.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/json.h"
#include "decode/whisper/windows_hallucinations.h"
#include "support/errors.h"
#include "support/small_model.h"

namespace seben::generate {
namespace {

using nlohmann::json;
using seben::test::fails_with;
using test::small_model;

Recording invented(std::uint32_t base, std::int64_t frames) {
  Recording out;
  out.available = of_length(frames);
  out.features = [base](std::int64_t seek, std::int64_t, std::span<float> features) {
    test::invent(base + static_cast<std::uint32_t>(seek), features);
  };
  return out;
}

TranscribeOptions plain() {
  TranscribeOptions o;
  o.decode.language = "en";
  o.decode.temperatures = {0.0};
  o.decode.thresholds = {std::nullopt, std::nullopt, std::nullopt, false};
  return o;
}

TEST(OpenAiWindows, ClipsAndInventedTextAreTheSame) {
  TextDecoder decoder = small_model().decoder();
  for (const json& row : base::read_json(test::fixture("windows.json"))) {
    const auto base = row["base"].get<std::uint32_t>();
    TranscribeOptions options = plain();
    options.word_times = row.contains("words") || row.contains("hallucination");
    if (row.contains("hallucination")) options.hallucination_silence = row["hallucination"].get<double>();
    if (row.contains("clips")) options.clips = row["clips"].get<std::vector<double>>();
    const Transcript found = transcribe(decoder, invented(base, row["frames"].get<std::int64_t>()), options);
    EXPECT_EQ(found.text, row["text"].get<std::string>()) << base;
    ASSERT_EQ(found.segments.size(), row["segments"].size()) << base;
    for (std::size_t i = 0; i < found.segments.size(); ++i) {
      SCOPED_TRACE(std::to_string(base) + " segment " + std::to_string(i));
      const Segment& s = found.segments[i];
      const json& expected = row["segments"][i];
      EXPECT_EQ(s.seek, expected[0].get<std::int64_t>());
      EXPECT_EQ(s.tokens, expected[3].get<std::vector<std::int32_t>>());
      if (s.tokens.empty()) continue;  // of a single frame openai-whisper gets a time before the window
      EXPECT_NEAR(s.start, expected[1].get<double>(), 1e-6);
      EXPECT_NEAR(s.end, expected[2].get<double>(), 1e-6);
      ASSERT_EQ(s.words.size(), expected[4].size());
      for (std::size_t w = 0; w < s.words.size(); ++w) {
        EXPECT_EQ(s.words[w].text, expected[4][w][0].get<std::string>());
        EXPECT_NEAR(s.words[w].start, expected[4][w][1].get<double>(), 1e-6);
        EXPECT_NEAR(s.words[w].end, expected[4][w][2].get<double>(), 1e-6);
      }
    }
  }
}

std::vector<std::int64_t> windows_of(const std::vector<double>& clips, std::int64_t frames) {
  TextDecoder decoder = small_model().decoder();
  std::vector<std::int64_t> out;
  Recording recording = invented(4, frames);
  recording.features = [&](std::int64_t seek, std::int64_t size, std::span<float> features) {
    out.push_back(seek);
    out.push_back(size);
    test::invent(static_cast<std::uint32_t>(seek), features);
  };
  TranscribeOptions options = plain();
  options.decode.timestamps = false;
  options.decode.max_tokens = 1;  // no two timestamps: every window is used to its end
  options.clips = clips;
  (void)transcribe(decoder, recording, options);
  return out;
}

TEST(Clips, AreAllThatIsDecoded) {
  using Windows = std::vector<std::int64_t>;
  EXPECT_EQ(windows_of({}, 3100), (Windows{0, 3000, 3000, 100}));
  EXPECT_EQ(windows_of({1.0, 2.0, 2.0, 35.0}, 5000), (Windows{100, 100, 200, 3000, 3200, 300}));
  EXPECT_EQ(windows_of({40.0}, 5000), (Windows{4000, 1000}));
  EXPECT_EQ(windows_of({3.0, 3.0, 10.0, 99.0, 100.0, 101.0}, 2000), (Windows{1000, 1000}));
  EXPECT_EQ(windows_of({99.0}, 2000), Windows{});
}

TEST(Clips, OutOfOrderAreRefused) {
  TextDecoder decoder = small_model().decoder();
  for (const std::vector<double>& clips :
       {std::vector<double>{-1.0}, {5.0, 4.0}, {0.0, 10.0, 9.0}, {std::nan("")}, {0.0, 1e300}}) {
    TranscribeOptions options = plain();
    options.clips = clips;
    EXPECT_TRUE(fails_with(ErrorCategory::usage, "clips[" + std::to_string(clips.size() - 1) + "]",
                           [&] { (void)transcribe(decoder, invented(4, 5000), options); }));
  }
}

TEST(InventedText, NeedsWordTimes) {
  TextDecoder decoder = small_model().decoder();
  TranscribeOptions options = plain();
  options.hallucination_silence = 2.0;
  const auto run = [&] { (void)transcribe(decoder, invented(4, 5000), options); };
  EXPECT_TRUE(fails_with(ErrorCategory::usage, "word times", run));
  options.word_times = true;
  options.hallucination_silence = std::nan("");
  EXPECT_TRUE(fails_with(ErrorCategory::usage, "0 to 3600 seconds", run));
}

// A stream cannot go back, and a window is all that it must hold.
TEST(InventedText, AsksForNothingThatIsGone) {
  TextDecoder decoder = small_model().decoder();
  for (const double silence : {0.5, 6.0}) {
    Recording recording = invented(1'750'000, 4200);
    std::int64_t before = 0;
    recording.available = [&, whole = of_length(4200)](std::int64_t seek, std::int64_t most) {
      EXPECT_GE(seek, before);
      EXPECT_LE(most, 3000 + static_cast<std::int64_t>(100.0 * silence));
      EXPECT_GE(most, 1);
      before = seek;
      return whole(seek, most);
    };
    TranscribeOptions options = plain();
    options.word_times = true;
    options.hallucination_silence = silence;
    EXPECT_GT(transcribe(decoder, recording, options).windows, 1);
    EXPECT_GT(before, 2000);
  }
}

WordTime word(double seconds, double probability, std::string text = " w") {
  return {std::move(text), {1}, 0.0, seconds, probability};
}

TEST(InventedText, IsToldByItsWords) {
  EXPECT_DOUBLE_EQ(strangeness(word(0.5, 0.9)), 0.0);
  EXPECT_DOUBLE_EQ(strangeness(word(0.5, 0.1)), 1.0);
  EXPECT_NEAR(strangeness(word(0.033, 0.9)), 1.5, 1e-9);
  EXPECT_NEAR(strangeness(word(5.0, 0.1)), 4.0, 1e-9);
  EXPECT_FALSE(is_strange({}));
  const WordTime good = word(0.5, 0.9), bad = word(0.5, 0.1);
  EXPECT_TRUE(is_strange(std::vector{bad}));
  EXPECT_FALSE(is_strange(std::vector{bad, good}));
  EXPECT_TRUE(is_strange(std::vector{bad, good, good, bad, good, good, good, bad}));
  EXPECT_FALSE(is_strange(std::vector{bad, good, good, bad, good, good, good, good, bad}));  // the ninth
  EXPECT_TRUE(is_strange(std::vector{bad, word(0.5, 0.9, ".")}));                            // punctuation is no word
}

// With a single token left to write, whatever is written is a loop.
TEST(Loops, AreMarked) {
  TextDecoder decoder = small_model().decoder();
  TranscribeOptions options = plain();
  EXPECT_TRUE(transcribe(decoder, invented(0, 5000), options).suspect.empty());
  constexpr std::int32_t kOnly = 300, kEnd = 1156;
  options.decode.timestamps = false;
  for (std::int32_t id = 0; id < small_model().sizes.vocabulary; ++id) {
    if (id != kOnly && id != kEnd) options.decode.suppress.push_back(id);
  }
  options.repetition = {1, 2, 2};
  std::vector<bool> told;
  options.on_segment = [&](const Segment& s) { told.push_back(s.repetition); };
  const Transcript found = transcribe(decoder, invented(0, 5000), options);
  std::vector<std::int64_t> written;  // up to the end of each window
  for (const Segment& s : found.segments) {
    const auto before = written.empty() ? 0 : written.back();
    written.push_back(before + std::ranges::count(s.tokens, kOnly));
  }
  ASSERT_GT(found.segments.size(), 1U);
  bool any = false;
  for (std::size_t i = 0; i < found.segments.size(); ++i) {
    std::size_t last = i;  // of its window
    while (last + 1 < written.size() && found.segments[last + 1].seek == found.segments[i].seek) ++last;
    const bool has_text = std::ranges::count(found.segments[i].tokens, kOnly) > 0;
    EXPECT_EQ(found.segments[i].repetition, has_text && written[last] >= 2) << i;
    EXPECT_EQ(told[i], found.segments[i].repetition);
    any = any || found.segments[i].repetition;
  }
  EXPECT_TRUE(any);
  ASSERT_FALSE(found.suspect.empty());
  EXPECT_NE(found.suspect[0].find(" s: the text repeats a token "), std::string::npos) << found.suspect[0];
}

TEST(Fallback, ATextThatFailedToTheLastIsSuspect) {
  TextDecoder decoder = small_model().decoder();
  TranscribeOptions options = plain();
  options.decode.timestamps = false;
  options.decode.temperatures = {0.0, 0.4};
  options.decode.thresholds.logprob = 0.0;  // no text is as probable
  const Transcript bad = transcribe(decoder, invented(0, 5000), options);
  ASSERT_EQ(bad.suspect.size(), 2U);
  EXPECT_EQ(bad.suspect[0].rfind("window at 0.0 s: the text failed at every temperature and is kept all the same: "
                                 "log-probability -",
                                 0),
            0U)
      << bad.suspect[0];
  options.decode.thresholds.logprob = -1000.0;
  EXPECT_TRUE(transcribe(decoder, invented(0, 5000), options).suspect.empty());
}

// The same text window after window is a loop, too.
TEST(Loops, GoOnFromWindowToWindow) {
  TextDecoder decoder = small_model().decoder();
  Recording recording = invented(0, 18000);
  recording.features = [](std::int64_t, std::int64_t, std::span<float> features) { test::invent(7, features); };
  TranscribeOptions options = plain();
  options.condition_on_previous_text = false;
  options.decode.timestamps = false;
  options.decode.max_tokens = 8;
  const Transcript found = transcribe(decoder, recording, options);
  ASSERT_EQ(found.segments.size(), 6U);
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_EQ(found.segments[i].tokens, found.segments[0].tokens);
    EXPECT_EQ(found.segments[i].repetition, i >= 3) << i;  // the fourth time
  }
  EXPECT_EQ(found.suspect.size(), 3U);
}

TEST(SilenceGate, KeepsWindowsWithoutSpeechFromTheDecoder) {
  TextDecoder decoder = small_model().decoder();
  Recording recording = invented(4, 12000);
  recording.is_silent = silence_gate({{0, 100}, {16000 * 95, 16000 * 96}});
  TranscribeOptions options = plain();
  options.decode.timestamps = false;
  const Transcript found = transcribe(decoder, recording, options);
  EXPECT_EQ(found.windows, 2);
  EXPECT_EQ(found.silent, 2);
  ASSERT_EQ(found.segments.size(), 2U);
  EXPECT_EQ(found.segments[1].seek, 9000);
}

TEST(Disagreement, IsBetweenHeadAndDecoderOrWithWhatIsHeard) {
  const auto reason = [](bool blank, bool silent, bool empty) {
    return disagreement({blank, silent, empty}).value_or("");
  };
  EXPECT_EQ(reason(true, true, true), "");
  EXPECT_EQ(reason(false, false, false), "");
  EXPECT_EQ(reason(false, true, false), "");
  EXPECT_TRUE(reason(true, true, false).starts_with("text without speech"));
  EXPECT_TRUE(reason(true, false, false).starts_with("text without support"));
  EXPECT_TRUE(reason(true, false, true).starts_with("no text: neither"));
  EXPECT_TRUE(reason(false, false, true).starts_with("no text: the head"));
  EXPECT_TRUE(reason(false, true, true).starts_with("the head reads text"));
}

}  // namespace
}  // namespace seben::generate
