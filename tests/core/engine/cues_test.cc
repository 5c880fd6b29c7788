// SPDX-License-Identifier: Apache-2.0
// Subtitles of a given size: as openai-whisper's writers make them (tools/fixtures/make_subtitles.py), and where those
// have no answer, between graphemes and by time.
#include "engine/cues.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/json.h"
#include "engine/writers.h"
#include "support/errors.h"
#include "text/nko/utf8.h"

namespace seben::pipeline {
namespace {

using nlohmann::json;

// Two N'Ko letters, each with a tone mark above: two graphemes, four code points.
const std::string kToned = "\u07DE\u07EB\u07CA\u07EB";
// A family of one grapheme, seven code points; two columns.
const std::string kFamily = "\U0001F468\u200D\U0001F469\u200D\U0001F467\u200D\U0001F466";

std::string stripped(const std::string& word) { return word.substr(word.find_first_not_of(' ')); }

Transcript transcript_of(const json& segments) {
  Transcript out;
  for (const json& s : segments) {
    out.segments.push_back({stripped(s["text"]), s["start"], s["end"], 1.0, 0});
    for (const json& w : s["words"]) out.words.push_back({stripped(w["word"]), w["start"], w["end"], 0.0, 1.0, 0});
  }
  return out;
}

std::string joined(const Cue& cue) {
  std::string out;
  for (const std::string& line : cue.lines) out += (out.empty() ? "" : "\n") + line;
  return out;
}

CueLimits limits(std::optional<std::int64_t> width, std::optional<std::int64_t> count = {},
                 std::optional<double> seconds = {}) {
  return {width, count, seconds};
}

Transcript one_segment(const std::string& text, double start, double end) {
  Transcript out;
  out.segments = {{text, start, end, 1.0, 0}};
  return out;
}

TEST(Cues, AreThoseOfOpenaiWhisper) {
  const json cases = base::read_json(SEBEN_SOURCE_DIR "/tests/fixtures/generate/subtitles.json");
  ASSERT_GE(cases.size(), 26U);
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const json& c = cases[i];
    CueLimits asked;
    if (!c["width"].is_null()) asked.line_width = c["width"].get<std::int64_t>();
    if (!c["count"].is_null()) asked.line_count = c["count"].get<std::int64_t>();
    const Cues found = make_cues(transcript_of(c["segments"]), asked);
    EXPECT_FALSE(found.estimated) << i;
    ASSERT_EQ(found.cues.size(), c["cues"].size()) << i;
    for (std::size_t k = 0; k < found.cues.size(); ++k) {
      EXPECT_EQ(found.cues[k].start, c["cues"][k][0].get<double>()) << i << " " << k;
      EXPECT_EQ(found.cues[k].end, c["cues"][k][1].get<double>()) << i << " " << k;
      EXPECT_EQ(joined(found.cues[k]), c["cues"][k][2].get<std::string>()) << i << " " << k;
    }
  }
}

TEST(Cues, WithoutLimitsAreTheSegments) {
  const Cues found = make_cues(one_segment("a b", 1.0, 2.0), {});
  ASSERT_EQ(found.cues.size(), 1U);
  EXPECT_EQ(found.cues[0].lines, std::vector<std::string>{"a b"});
  EXPECT_EQ(found.cues[0].start, 1.0);
  EXPECT_EQ(found.cues[0].end, 2.0);
  EXPECT_TRUE(make_cues({}, limits(10, 2, 3.0)).cues.empty());
  EXPECT_TRUE(make_cues(one_segment("  ", 0.0, 1.0), limits(10)).cues.empty());
}

TEST(Cues, NeverCutAGrapheme) {
  std::string word;
  for (int i = 0; i < 5; ++i) word += kToned;
  const Cues nko = make_cues(one_segment(word, 0.0, 1.0), limits(3));
  ASSERT_EQ(nko.cues.size(), 1U);
  ASSERT_EQ(nko.cues[0].lines.size(), 4U);  // 10 graphemes in threes
  for (const std::string& line : nko.cues[0].lines) {
    EXPECT_EQ(line.find("\u07EB"), 2U) << line;
    EXPECT_LE(nko::columns(line), 3);
  }
  EXPECT_FALSE(nko.estimated) << "one cue, from the segment's beginning to its end";

  const Cues emoji = make_cues(one_segment(kFamily + kFamily + kFamily, 0.0, 1.0), limits(4));
  ASSERT_EQ(emoji.cues.size(), 1U);
  EXPECT_EQ(emoji.cues[0].lines, (std::vector<std::string>{kFamily + kFamily, kFamily}));
  // A line too narrow for one grapheme holds one.
  EXPECT_EQ(make_cues(one_segment(kFamily + kFamily, 0.0, 1.0), limits(1)).cues[0].lines.size(), 2U);
}

TEST(Cues, WideLettersTakeTwoColumns) {
  EXPECT_EQ(nko::columns("ab"), 2);
  EXPECT_EQ(nko::columns("\u4F60\u597D"), 4);
  EXPECT_EQ(nko::columns(kToned), 2);
  EXPECT_EQ(nko::columns(kFamily), 2);
  EXPECT_EQ(nko::columns(""), 0);
  const Cues found = make_cues(one_segment("\u4F60\u597D\u4F60\u597D\u4F60", 0.0, 1.0), limits(4));
  EXPECT_EQ(found.cues[0].lines, (std::vector<std::string>{"\u4F60\u597D", "\u4F60\u597D", "\u4F60"}));
}

TEST(Cues, LastNoLongerThanAllowed) {
  Transcript t = one_segment("one two three four", 0.0, 8.0);
  t.words = {{"one", 0.0, 1.0, 0, 1, 0},
             {"two", 2.0, 3.0, 0, 1, 0},
             {"three", 4.0, 5.0, 0, 1, 0},
             {"four", 5.0, 8.0, 0, 1, 0}};
  const Cues found = make_cues(t, limits({}, {}, 3.0));
  ASSERT_EQ(found.cues.size(), 3U);
  EXPECT_EQ(joined(found.cues[0]), "one two");
  EXPECT_EQ(found.cues[0].end, 3.0);
  EXPECT_EQ(joined(found.cues[1]), "three");
  EXPECT_EQ(found.cues[2].start, 5.0);
  EXPECT_EQ(found.cues[2].end, 8.0);
  EXPECT_FALSE(found.estimated);
  t.words[3].end = 20.0;  // a word that is said to be longer than a cue may be
  EXPECT_EQ(make_cues(t, limits({}, {}, 3.0)).cues[2].end, 8.0);
}

TEST(Cues, TimesWithoutWordsAreSharedOutAndSaySo) {
  const Transcript t = one_segment("aaaa bbbb cc", 10.0, 20.0);
  const Cues found = make_cues(t, limits({}, {}, 5.0));
  ASSERT_EQ(found.cues.size(), 3U);
  EXPECT_TRUE(found.estimated);
  EXPECT_EQ(found.cues[0].start, 10.0);
  EXPECT_DOUBLE_EQ(found.cues[0].end, 14.0);
  EXPECT_DOUBLE_EQ(found.cues[1].start, 14.0);
  EXPECT_EQ(found.cues[2].end, 20.0);
  EXPECT_FALSE(make_cues(t, limits(5)).estimated) << "lines of one cue need no times";
  const Layout layout{limits({}, {}, 5.0), false};
  EXPECT_NE(write(t, Format::vtt, "a", layout).find("WEBVTT\n\nNOTE Times within segments are shared out"),
            std::string::npos);
  EXPECT_TRUE(has_estimated_times(t, Format::srt, layout));
  EXPECT_FALSE(has_estimated_times(t, Format::txt, layout));
  // Text without spaces is broken between graphemes.
  const Cues unspaced = make_cues(one_segment("\u4F60\u597D\u4F60\u597D", 0.0, 8.0), limits({}, {}, 4.0));
  ASSERT_EQ(unspaced.cues.size(), 2U);
  EXPECT_EQ(joined(unspaced.cues[0]), "\u4F60\u597D");
  EXPECT_EQ(unspaced.cues[1].start, 4.0);
}

TEST(Cues, WordsThatAreNotTheTextAreNotUsed) {
  Transcript t = one_segment("aa bb", 0.0, 4.0);
  t.segments.push_back({"cc dd", 4.0, 6.0, 1.0, 0});
  t.words = {
      {"aa", 0.5, 1.0, 0, 1, 0}, {"xx", 1.0, 2.0, 0, 1, 0}, {"cc", 4.0, 4.5, 0, 1, 0}, {"dd", 5.0, 5.5, 0, 1, 0}};
  const Cues found = make_cues(t, limits(2, 1));
  ASSERT_EQ(found.cues.size(), 4U);
  EXPECT_EQ(found.cues[1].start, 2.0);
  EXPECT_EQ(found.cues[3].start, 5.0) << "the second segment has its words again";
  EXPECT_TRUE(found.estimated);
}

TEST(Cues, ChannelsDoNotShareOne) {
  Transcript t;
  t.segments = {{"hello there", 0.0, 2.0, 1.0, 1}, {"yes", 1.0, 1.5, 1.0, 2}, {"so", 2.0, 3.0, 1.0, 1}};
  t.words = {{"hello", 0.0, 1.0, 0, 1, 1},
             {"yes", 1.0, 1.5, 0, 1, 2},
             {"there", 1.1, 2.0, 0, 1, 1},
             {"so", 2.0, 3.0, 0, 1, 1}};
  const Cues found = make_cues(t, limits(40, 2));
  ASSERT_EQ(found.cues.size(), 3U);
  EXPECT_EQ(found.cues[1].channel, 2);
  EXPECT_EQ(found.cues[1].lines, std::vector<std::string>{"yes"});
  EXPECT_FALSE(found.estimated);
}

TEST(Cues, LimitsMustBePositive) {
  const auto refused = [](const CueLimits& l) {
    return test::fails_with(ErrorCategory::usage, "a number above 0", [&] { (void)make_cues({}, l); });
  };
  EXPECT_TRUE(refused(limits(0)));
  EXPECT_TRUE(refused(limits(10, -1)));
  EXPECT_TRUE(refused(limits({}, {}, 0.0)));
}

TEST(SubtitleFiles, MarksOfDirection) {
  Transcript t = one_segment("\u07D2 2025.", 0.0, 1.0);
  t.segments.push_back({"abc", 1.0, 2.0, 1.0, 0});
  const Layout marks{{}, true};
  EXPECT_EQ(write(t, Format::txt, "a", marks), "\u202B\u07D2 2025.\u202C\nabc\n");
  EXPECT_EQ(write(t, Format::srt, "a", marks),
            "1\n00:00:00,000 --> 00:00:01,000\n\u202B\u07D2 2025.\u202C\n\n2\n00:00:01,000 --> 00:00:02,000\nabc\n\n");
  EXPECT_EQ(write(t, Format::vtt, "a", marks),
            "WEBVTT\n\n00:00:00.000 --> 00:00:01.000\n\u200F\u07D2 2025.\n\n00:00:01.000 --> 00:00:02.000\nabc\n\n");
  // Every line of such a cue, also those without a letter.
  EXPECT_EQ(write(t, Format::txt, "a", {limits(5), true}), "\u202B\u07D2\u202C\n\u202B2025.\u202C\nabc\n");
}

TEST(SubtitleFiles, NameTheChannel) {
  Transcript t;
  t.segments = {{"one", 0.0, 1.0, 0.5, 1}, {"two <b>", 0.5, 1.5, 0.5, 2}};
  t.channels = {{1, "one", {}, {}, 0.0, 2.0}, {2, "two <b>", {}, {}, 0.0, 2.0}};
  EXPECT_EQ(write(t, Format::txt, "a"), "[1] one\n[2] two <b>\n");
  EXPECT_EQ(write(t, Format::srt, "a"),
            "1\n00:00:00,000 --> 00:00:01,000\n[1] one\n\n2\n00:00:00,500 --> 00:00:01,500\n[2] two <b>\n\n");
  EXPECT_EQ(write(t, Format::vtt, "a"),
            "WEBVTT\n\n00:00:00.000 --> 00:00:01.000\n<v channel 1>one\n\n00:00:00.500 --> 00:00:01.500\n"
            "<v channel 2>two &lt;b&gt;\n\n");
  EXPECT_EQ(write(t, Format::tsv, "a"),
            "start\tend\tconfidence\ttext\tchannel\n0.000\t1.000\t0.500\tone\t1\n0.500\t1.500\t0.500\ttwo <b>\t2\n");
  const json out = json::parse(write(t, Format::json, "a"));
  EXPECT_EQ(out["segments"][1]["channel"], 2);
  EXPECT_EQ(out["channels"][0]["text"], "one");
  EXPECT_FALSE(out["channels"][0].contains("language"));
}

}  // namespace
}  // namespace seben::pipeline
