// SPDX-License-Identifier: Apache-2.0
// Texts as words for a head, windows as one recording, alignments as files.
#include "engine/align_words.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "engine/alignment_writers.h"
#include "support/errors.h"

namespace seben::pipeline {
namespace {

const nko::Vocabulary& nko_classes() {
  static const nko::Vocabulary vocabulary = nko::Vocabulary::nko_blank_last();
  return vocabulary;
}

// Frames at 10 a second that say `text` one letter a frame, each followed by a blank one.
ctc::LogProbs spelled(const std::string& text) {
  const nko::Vocabulary& v = nko_classes();
  ctc::LogProbs out{{}, 0, static_cast<std::int64_t>(v.size())};
  const auto add = [&](std::int64_t label) {
    for (std::size_t c = 0; c < v.size(); ++c) {
      out.values.push_back(static_cast<std::int64_t>(c) == label ? std::log(0.9F) : std::log(0.1F / 65.0F));
    }
    ++out.frames;
  };
  for (const std::int64_t label : v.encode(text, "t")) {
    add(label);
    add(v.blank());
  }
  return out;
}

TEST(AlignWords, TextsAreWordsInEitherScript) {
  const AlignText text("I ni c\u00E9 !\n\n- \u07D2 \u07DE\u07CF\u07EB\n", "t", nko_classes());
  ASSERT_EQ(text.words().size(), 5U);
  EXPECT_EQ(text.words()[0].text, "I");
  EXPECT_EQ(text.words()[2].text, "c\u00E9 !");
  EXPECT_EQ(text.words()[2].letters, nko_classes().encode("\u07D7\u07CB", "t"));
  EXPECT_EQ(text.words()[2].line, 1);
  EXPECT_EQ(text.words()[3].line, 3);
  EXPECT_EQ(text.words()[4].text, "\u07DE\u07CF\u07EB");
  EXPECT_EQ(text.words()[4].letters, nko_classes().encode("\u07DE\u07CF", "t"));
  EXPECT_TRUE(test::is_bad_data("no word", [] { const AlignText none(" !\n?", "t", nko_classes()); }));
  EXPECT_TRUE(test::is_bad_data("t: line 2", [] { const AlignText bad("a\nb\xC3", "t", nko_classes()); }));
}

TEST(AlignWords, TimesConfidencesAndLines) {
  const ctc::LogProbs heard = spelled("\u07CC \u07E3\u07CC \u07D7\u07CB \u07E1\u07CE\u07E1\u07CE \u07DE\u07CF");
  const AlignText text("i ni\nfila ce\nko", "t", nko_classes());
  const Alignment found = align_words(text, heard.view(), nko_classes(), {10.0, 100.0}, {});
  ASSERT_EQ(found.words.size(), 5U);
  EXPECT_TRUE(found.words[0].spoken);
  EXPECT_NEAR(found.words[0].start, 0.0, 1e-9);
  EXPECT_NEAR(found.words[0].end, 0.1, 1e-9);
  EXPECT_NEAR(found.words[0].confidence, 0.9, 1e-4);
  EXPECT_NEAR(found.words[1].start, 0.4, 1e-9);
  EXPECT_NEAR(found.words[1].end, 0.7, 1e-9);
  EXPECT_NEAR(found.words[1].log_prob, 2.0 * std::log(0.9), 1e-4);
  EXPECT_FALSE(found.words[2].spoken);
  EXPECT_TRUE(found.words[3].spoken);
  ASSERT_EQ(found.others.size(), 1U);
  EXPECT_EQ(found.others[0].text, "\u07E1\u07CE\u07E1\u07CE");
  ASSERT_EQ(found.lines.size(), 3U);
  EXPECT_EQ(found.lines[0].text, "i ni");
  EXPECT_EQ(found.lines[1].text, "ce");
  EXPECT_NEAR(found.lines[0].end, found.words[1].end, 1e-9);
  EXPECT_TRUE(align_words(text, {}, nko_classes(), {10.0, 0.0}, {}).lines.empty());
}

TEST(AlignWords, WindowsMeetInTheMiddle) {
  const ctc::LogProbs heard = spelled("\u07CC\u07E3\u07CC\u07D7\u07CB\u07E1\u07CE\u07E1\u07CE\u07DE\u07CF");
  RecordingFrames whole(nko_classes()), parts(nko_classes());
  whole.add(heard.view(), 0);
  // Windows of 10 frames that share 4; at its edges each reads nonsense.
  for (std::int64_t first = 0; first < heard.frames; first += 6) {
    const std::int64_t count = std::min<std::int64_t>(10, heard.frames - first);
    const auto begin = heard.values.begin() + first * heard.classes;
    ctc::LogProbs window{{begin, begin + count * heard.classes}, count, heard.classes};
    if (first > 0) window.values[0] = -1.0F;
    if (first + count < heard.frames) window.values.back() = -1.0F;
    parts.add(window.view(), first);
    if (first + count == heard.frames) break;
  }
  ASSERT_EQ(parts.view().frames, whole.view().frames);
  for (std::int64_t i = 0; i < heard.frames * heard.classes; ++i) ASSERT_EQ(parts.view().data[i], whole.view().data[i]);
  parts.end_at(7);
  EXPECT_EQ(parts.view().frames, 7);
}

TEST(AlignWords, TonesOfTheHeadCountForNothing) {
  const AlignText text("ba", "t", nko_classes());
  RecordingFrames frames(nko_classes());
  const ctc::LogProbs heard = spelled("\u07D3\u07CA\u07EB");
  frames.add(heard.view(), 0);
  const Alignment found = align_words(text, frames.view(), nko_classes(), {10.0, 100.0}, {});
  EXPECT_TRUE(found.words[0].spoken);
  EXPECT_TRUE(found.others.empty());
  EXPECT_GT(found.score, -2.0);
}

TEST(AlignWords, Files) {
  Alignment a;
  a.words = {{"i", true, 0.0, 0.5, -0.1, 0.9, 1},
             {"fila", false, 0.0, 0.0, 0.0, 0.0, 1},
             {"ce", true, 1.5, 2.0, -0.2, 0.8, 2}};
  a.others = {{"\u07E1", 0.75, 1.0}, {"\u07CA", 3.0, 3.5}};
  a.lines = {{"i", 0.0, 0.5, 0.9, 0}, {"ce", 1.5, 2.0, 0.8, 0}};
  EXPECT_EQ(write_alignment(a, Format::txt, "x"),
            "start\tend\tconfidence\tword\n0.000\t0.500\t0.900\ti\n\t\t\tfila\n0.750\t1.000\t\t[\u07E1]\n"
            "1.500\t2.000\t0.800\tce\n3.000\t3.500\t\t[\u07CA]\n");
  EXPECT_EQ(write_alignment(a, Format::srt, "x"),
            "1\n00:00:00,000 --> 00:00:00,500\ni\n\n2\n00:00:01,500 --> 00:00:02,000\nce\n\n");
  const auto json = nlohmann::json::parse(write_alignment(a, Format::json, "x"));
  EXPECT_EQ(json.at("words")[1].at("spoken"), false);
  EXPECT_FALSE(json.at("words")[1].contains("start"));
  EXPECT_EQ(json.at("words")[2].at("confidence"), 0.8);
  EXPECT_EQ(json.at("others")[0].at("text"), "\u07E1");
}

}  // namespace
}  // namespace seben::pipeline
