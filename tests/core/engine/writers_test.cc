// SPDX-License-Identifier: Apache-2.0
// Whole files, byte by byte, and what texts that no N'Ko vocabulary writes may do to them.
#include "engine/writers.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "seben/version.h"
#include "text/nko/utf8.h"

namespace seben::pipeline {
namespace {

const std::string kFirst = "\u07D2\u07DE\u07CF \u07DE\u07CA\u07F2", kSecond = "\u07D3\u07CA\u07EB";

Transcript two_segments() {
  Transcript t;
  t.text = kFirst + " " + kSecond;
  t.characters = {{"\u07D2", 0.2, 0.24, -0.5, 0.6}};
  t.words = {{kSecond, 3599.9996, 3661.5, -1.25, 0.8}};
  t.segments = {{kFirst, 0.2, 1.48, 0.9}, {kSecond, 3599.9996, 3661.5, 0.75}};
  t.audio_seconds = 3700.0;
  t.windows = 143;
  t.bundle = "demo";
  t.precision = "f32";
  return t;
}

TEST(WholeFile, Txt) { EXPECT_EQ(write(two_segments(), Format::txt, "a.wav"), kFirst + "\n" + kSecond + "\n"); }

TEST(WholeFile, Srt) {
  EXPECT_EQ(
      write(two_segments(), Format::srt, "a.wav"),
      "1\n00:00:00,200 --> 00:00:01,480\n" + kFirst + "\n\n2\n01:00:00,000 --> 01:01:01,500\n" + kSecond + "\n\n");
}

TEST(WholeFile, Vtt) {
  EXPECT_EQ(write(two_segments(), Format::vtt, "a.wav"), "WEBVTT\n\n00:00:00.200 --> 00:00:01.480\n" + kFirst +
                                                             "\n\n01:00:00.000 --> 01:01:01.500\n" + kSecond + "\n\n");
}

TEST(WholeFile, Tsv) {
  EXPECT_EQ(write(two_segments(), Format::tsv, "a.wav"), "start\tend\tconfidence\ttext\n0.200\t1.480\t0.900\t" +
                                                             kFirst + "\n3600.000\t3661.500\t0.750\t" + kSecond + "\n");
}

TEST(WholeFile, JsonHasItsKeysInOrder) {
  const std::string text = write(two_segments(), Format::json, "a.wav");
  const auto json = nlohmann::ordered_json::parse(text);
  std::vector<std::string> keys;
  for (const auto& [key, value] : json.items()) keys.push_back(key);
  EXPECT_EQ(keys, (std::vector<std::string>{"seben", "source", "bundle", "precision", "audio_seconds", "windows",
                                            "encoder_runs", "text", "segments", "words", "characters", "corrections",
                                            "whisper", "warnings", "suspect", "timings"}));
  EXPECT_EQ(json.at("seben"), SEBEN_VERSION);
  EXPECT_EQ(json.at("source"), "a.wav");
  EXPECT_EQ(json.at("words").at(0).dump(),
            "{\"text\":\"" + kSecond + "\",\"start\":3600.0,\"end\":3661.5,\"confidence\":0.8,\"log_prob\":-1.25}");
  EXPECT_NE(text.find(kFirst), std::string::npos) << "letters are written as letters";
  EXPECT_EQ(write(two_segments(), Format::json, "a.wav"), text);
}

TEST(WholeFile, OfNothing) {
  EXPECT_EQ(write({}, Format::txt, "a.wav"), "\n");
  EXPECT_EQ(write({}, Format::srt, "a.wav"), "");
  EXPECT_EQ(write({}, Format::vtt, "a.wav"), "WEBVTT\n\n");
  EXPECT_EQ(write({}, Format::tsv, "a.wav"), "start\tend\tconfidence\ttext\n");
  EXPECT_EQ(nlohmann::json::parse(write({}, Format::json, "a.wav")).at("text"), "");
}

TEST(OddText, DoesNotBreakTheFormats) {
  Transcript t = two_segments();
  t.segments.resize(1);
  t.segments[0].text = "a\nb\r\tc\x1B[31m<i>&amp;\x7F";
  for (const Format format : {Format::txt, Format::srt, Format::vtt, Format::tsv}) {
    const std::string text = write(t, format, "a.wav");
    for (const char bad : {'\r', '\x1B', '\x7F'}) EXPECT_EQ(text.find(bad), std::string::npos) << to_string(format);
    EXPECT_NE(text.find("a b  c [31m"), std::string::npos) << text;
  }
  EXPECT_NE(write(t, Format::vtt, "a.wav").find("&lt;i&gt;&amp;amp; \n"), std::string::npos);
  EXPECT_EQ(for_terminal(t.segments[0].text).find('\x1B'), std::string::npos);
  t.text = t.segments[0].text;
  EXPECT_EQ(nlohmann::json::parse(write(t, Format::json, "a.wav")).at("text"), t.text);
}

TEST(OddText, TimesBeforeZeroAreZero) {
  Transcript t = two_segments();
  t.segments[0].start = -0.01;
  EXPECT_TRUE(write(t, Format::srt, "a.wav").starts_with("1\n00:00:00,000 --> "));
}

TEST(Files, HoldNoDirectionMarks) {
  for (const Format format : {Format::txt, Format::json, Format::srt, Format::vtt, Format::tsv}) {
    for (const char32_t c : nko::decode_utf8(write(two_segments(), format, "a.wav"), "t")) {
      EXPECT_FALSE((c >= 0x200E && c <= 0x200F) || (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069));
    }
  }
}

}  // namespace
}  // namespace seben::pipeline
