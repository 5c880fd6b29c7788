// SPDX-License-Identifier: Apache-2.0
// Transcripts in N'Ko letters, in Latin ones, in both.
#include "engine/script.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "engine/writers.h"
#include "seben/transliterate.h"

namespace seben::pipeline {
namespace {

// "i ni ce", two words of it on the second line.
Transcript scripted() {
  Transcript t;
  t.text = "\u07CC \u07E3\u07CC \u07D7\u07CB";
  t.segments = {{"\u07CC", 0.0, 0.5, 0.9, 0}, {"\u07E3\u07CC \u07D7\u07CB", 1.5, 2.5, 0.8, 0}};
  t.words = {{"\u07CC", 0.0, 0.5, -0.1, 0.9, 0},
             {"\u07E3\u07CC", 1.5, 2.0, -0.1, 0.8, 0},
             {"\u07D7\u07CB", 2.0, 2.5, -0.1, 0.8, 0}};
  t.characters = {{"\u07CC", 0.0, 0.5, -0.1, 0.9, 0}};
  return t;
}

std::string written(Format format, TextScript script) {
  Layout layout;
  layout.script = script;
  return write(scripted(), format, "talk.wav", layout);
}

TEST(Script, WordsNotLetters) {
  EXPECT_EQ(latin_of("\u07D2 \u07DE\u07CF"), "n ko");
  EXPECT_EQ(latin_of("\u07D3\u07DF\u07CF \u07CA"), "bolo a");  // a shared vowel is that of its word
  EXPECT_EQ(latin_of("\u07CA \u07EB \u07CC"), "a i");          // a word of marks alone
  EXPECT_EQ(latin_of(""), "");
  EXPECT_FALSE(parse_script("arabic").has_value());
}

TEST(Script, LatinInEveryFormat) {
  EXPECT_EQ(written(Format::txt, TextScript::latin), "i\nni ce\n");
  EXPECT_NE(written(Format::srt, TextScript::latin).find("00:00:01,500 --> 00:00:02,500\nni ce\n"), std::string::npos);
  EXPECT_NE(written(Format::vtt, TextScript::latin).find("00:00:01.500 --> 00:00:02.500\nni ce\n"), std::string::npos);
  EXPECT_NE(written(Format::tsv, TextScript::latin).find("1.500\t2.500\t0.800\tni ce\n"), std::string::npos);
  const auto json = nlohmann::json::parse(written(Format::json, TextScript::latin));
  EXPECT_EQ(json.at("text"), "i ni ce");
  EXPECT_EQ(json.at("script"), "latin");
  EXPECT_EQ(json.at("words")[1].at("text"), "ni");
  EXPECT_EQ(json.at("characters")[0].at("text"), "\u07CC");  // what the head read
}

TEST(Script, BothInEveryFormat) {
  EXPECT_EQ(written(Format::txt, TextScript::both), "\u07CC\ni\n\u07E3\u07CC \u07D7\u07CB\nni ce\n");
  EXPECT_NE(written(Format::srt, TextScript::both).find("\u07E3\u07CC \u07D7\u07CB\nni ce\n\n"), std::string::npos);
  EXPECT_NE(written(Format::vtt, TextScript::both).find("\u07E3\u07CC \u07D7\u07CB\nni ce\n\n"), std::string::npos);
  const std::string tsv = written(Format::tsv, TextScript::both);
  EXPECT_TRUE(tsv.starts_with("start\tend\tconfidence\ttext\tlatin\n")) << tsv;
  EXPECT_NE(tsv.find("\u07E3\u07CC \u07D7\u07CB\tni ce\n"), std::string::npos);
  const auto json = nlohmann::json::parse(written(Format::json, TextScript::both));
  EXPECT_EQ(json.at("latin"), "i ni ce");
  EXPECT_EQ(json.at("segments")[1].at("latin"), "ni ce");
  EXPECT_EQ(json.at("words")[2].at("latin"), "ce");
  EXPECT_EQ(json.at("words")[2].at("text"), "\u07D7\u07CB");
}

TEST(Script, NkoIsWhatItWas) {
  EXPECT_EQ(written(Format::json, TextScript::nko), write(scripted(), Format::json, "talk.wav"));
  EXPECT_EQ(written(Format::json, TextScript::nko).find("latin"), std::string::npos);
}

TEST(Script, LatinLinesBreakByTheirOwnWidth) {
  Layout layout;
  layout.script = TextScript::latin;
  layout.limits.line_width = 3;
  EXPECT_EQ(text_lines(scripted(), layout), (std::vector<std::string>{"i", "ni", "ce"}));
}

TEST(Script, PublicFunction) {
  EXPECT_EQ(transliterate("I ni c\u00E9, 19?", Script::nko),
            "\u07CC \u07E3\u07CC \u07D7\u07CB\u07F8 \u07C1\u07C9\u061F");
  EXPECT_EQ(transliterate("\u07CC \u07E3\u07CC\u200F \u07D7\u07CB\u07F8 \u07C1\u07C9\u061F", Script::latin),
            "i ni ce, 19?");
  EXPECT_EQ(transliterate("\u07DB\u07EB\u07F3\u07CA", Script::nko), "\u07DB\u07F3\u07EB\u07CA");
  EXPECT_THROW((void)transliterate("a\xC3", Script::nko), Error);
}

}  // namespace
}  // namespace seben::pipeline
