// SPDX-License-Identifier: Apache-2.0
#include "engine/result.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "engine/writers.h"
#include "text/nko/utf8.h"

namespace seben::pipeline {
namespace {

const nko::Vocabulary& vocabulary() {
  static const nko::Vocabulary v = nko::Vocabulary::nko_blank_last();
  return v;
}

// One symbol a frame at 10 frames a second; 64 is the space.
std::vector<ctc::Symbol> symbols(const std::vector<std::pair<std::int64_t, std::int64_t>>& label_and_frame) {
  std::vector<ctc::Symbol> out;
  for (const auto& [label, frame] : label_and_frame) out.push_back({label, frame, frame, -0.5F, 0.5F});
  return out;
}

Transcript build(const std::vector<ctc::Symbol>& all, const ResultBuilder::SegmentSink& sink = {}) {
  ResultBuilder builder(vocabulary(), 10.0, sink);
  for (const ctc::Symbol& s : all) builder.add({s});  // as a stream would bring them
  return builder.finish();
}

TEST(Result, SpacesSeparateAndVanishAtTheEdges) {
  const Transcript t = build(symbols({{64, 0}, {10, 1}, {19, 2}, {64, 3}, {64, 4}, {12, 5}, {64, 6}}));
  EXPECT_EQ(t.text, nko::encode_utf8(U"\u07CA\u07D3 \u07CC"));
  ASSERT_EQ(t.words.size(), 2U);
  EXPECT_EQ(t.words[0].text, nko::encode_utf8(U"\u07CA\u07D3"));
  EXPECT_NEAR(t.words[0].start, 0.1, 1e-9);
  EXPECT_NEAR(t.words[0].end, 0.3, 1e-9);
  EXPECT_NEAR(t.words[0].confidence, 0.5, 1e-6);
  EXPECT_NEAR(t.words[0].log_prob, -1.0, 1e-6);
  EXPECT_EQ(t.characters.size(), 4U);
  EXPECT_EQ(t.segments.size(), 1U);
}

TEST(Result, PausesAndLengthEndSegments) {
  std::vector<Segment> streamed;
  std::vector<std::pair<std::int64_t, std::int64_t>> all{{10, 0}, {64, 1}, {11, 2}, {64, 3}, {12, 20}};
  for (std::int64_t i = 0; i < 60; ++i) {
    all.emplace_back(64, 21 + 2 * i);
    all.emplace_back(13, 22 + 2 * i);
  }
  const Transcript t = build(symbols(all), [&](const Segment& s) { streamed.push_back(s); });
  ASSERT_GE(t.segments.size(), 3U);
  EXPECT_EQ(t.segments[0].text, nko::encode_utf8(U"\u07CA \u07CB"));
  std::string joined;
  for (const Segment& s : t.segments) {
    EXPECT_LE(nko::decode_utf8(s.text, "t").size(), 42U);
    EXPECT_LE(s.end - s.start, 7.0 + 1e-9);
    joined += (joined.empty() ? "" : " ") + s.text;
  }
  EXPECT_EQ(joined, t.text);
  ASSERT_EQ(streamed.size(), t.segments.size());
  EXPECT_EQ(streamed.back().text, t.segments.back().text);
}

// A window is filled up with silence: its last frame of sound reaches into it, and a head may read behind it.
TEST(Result, NoTimeLiesBehindTheSound) {
  ResultBuilder builder(vocabulary(), 10.0, {});
  builder.sound_ends_at(0.55);
  builder.add(symbols({{10, 3}, {64, 4}, {11, 5}, {64, 6}, {12, 9}}));
  const Transcript t = builder.finish();
  ASSERT_EQ(t.words.size(), 3U);
  EXPECT_EQ(t.words[0].end, 0.4);
  EXPECT_EQ(std::pair(t.words[1].start, t.words[1].end), std::pair(0.5, 0.55));
  EXPECT_EQ(std::pair(t.words[2].start, t.words[2].end), std::pair(0.5, 0.55)) << "said in the last frame";
  for (const Character& c : t.characters) EXPECT_LE(c.end, 0.55);
  EXPECT_EQ(t.segments.back().end, 0.55);
  builder.sound_ends_at(0.6);  // what the next window brings
  builder.add(symbols({{10, 5}}));
  EXPECT_EQ(builder.finish().words[0].end, 0.6);
}

TEST(Result, NothingIsNothing) {
  const Transcript t = build({});
  EXPECT_TRUE(t.text.empty() && t.words.empty() && t.segments.empty());
}

class Writers : public ::testing::Test {
 protected:
  Transcript t = build(symbols({{10, 0}, {64, 1}, {11, 12}, {64, 13}, {12, 40}}));
};

TEST_F(Writers, AllFormatsAreUtf8AndEndInANewline) {
  for (const char* name : {"txt", "json", "srt", "vtt", "tsv"}) {
    const std::string text = write(t, *parse_format(name), "a\tb.wav");
    EXPECT_TRUE(nko::is_valid_utf8(text)) << name;
    EXPECT_EQ(text.back(), '\n') << name;
  }
  EXPECT_FALSE(parse_format("docx").has_value());
}

TEST_F(Writers, SubRipAndWebVttDifferAsTheirFormatsDo) {
  EXPECT_TRUE(
      write(t, Format::srt, "s").starts_with("1\n00:00:00,000 --> 00:00:00,100\n" + t.segments[0].text + "\n\n2\n"));
  EXPECT_TRUE(write(t, Format::vtt, "s").starts_with("WEBVTT\n\n00:00:00.000 --> 00:00:00.100\n"));
  t.segments[0].text = "<a> & b";
  EXPECT_NE(write(t, Format::vtt, "s").find("&lt;a&gt; &amp; b"), std::string::npos);
  t.segments[0].start = 3723.0456;
  EXPECT_NE(write(t, Format::srt, "s").find("01:02:03,046"), std::string::npos);
}

TEST_F(Writers, TsvKeepsItsColumns) {
  t.segments[0].text = "a\tb\nc";
  const std::string text = write(t, Format::tsv, "s");
  EXPECT_NE(text.find("0.000\t0.100\t0.500\ta b c\n"), std::string::npos);
}

TEST_F(Writers, JsonHoldsEverything) {
  t.warnings = {"one"};
  t.suspect = {"two"};
  t.audio_seconds = 4.1;
  const auto json = nlohmann::json::parse(write(t, Format::json, "\xFF.wav"));
  EXPECT_EQ(json.at("text"), t.text);
  EXPECT_EQ(json.at("segments").size(), t.segments.size());
  EXPECT_EQ(json.at("words").at(1).at("start"), 1.2);
  EXPECT_EQ(json.at("characters").size(), t.characters.size());
  EXPECT_EQ(json.at("warnings").at(0), "one");
  EXPECT_EQ(json.at("suspect").at(0), "two");
  EXPECT_EQ(json.at("audio_seconds"), 4.1);
}

TEST(Terminal, TextIsIsolatedRightToLeft) { EXPECT_EQ(for_terminal("x"), nko::encode_utf8(U"\u2067x\u2069")); }

}  // namespace
}  // namespace seben::pipeline
