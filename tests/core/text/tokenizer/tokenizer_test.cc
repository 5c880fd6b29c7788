// SPDX-License-Identifier: Apache-2.0
#include "text/tokenizer/tokenizer.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "fixture.h"
#include "support/errors.h"
#include "support/temp_dir.h"
#include "text/tokenizer/languages.h"
#include "text/tokenizer/non_speech.h"
#include "text/tokenizer/words.h"

namespace seben::tokenizer {
namespace {

using test::Ids;
using test::small_tokenizer;
using test::tokenizer_cases;

void expect_encodes(const Tokenizer& tokenizer, const char* cases, bool allow_special) {
  ASSERT_GT(tokenizer_cases()[cases].size(), 30U);
  for (const auto& [text, ids] : tokenizer_cases()[cases].get<std::vector<std::pair<std::string, Ids>>>()) {
    EXPECT_EQ(tokenizer.encode(text, allow_special), ids) << text;
  }
}

TEST(Tokenizer, EncodesAsHuggingFace) { expect_encodes(small_tokenizer(), "encode", false); }

TEST(Tokenizer, EncodesSpecialTokensWhereAllowed) { expect_encodes(small_tokenizer(), "special", true); }

TEST(Tokenizer, VocabularyAndMergesInFilesAreTheSame) {
  const Tokenizer files = Tokenizer::load(test::tokenizer_folder() + "/files");
  EXPECT_EQ(files.size(), small_tokenizer().size());
  expect_encodes(files, "encode", false);
  expect_encodes(files, "special", true);
  expect_encodes(Tokenizer::load(test::tokenizer_folder() + "/files/vocab.json"), "encode", false);
  expect_encodes(Tokenizer::load(test::tokenizer_folder() + "/tokenizer.json"), "encode", false);
}

TEST(Tokenizer, GgmlVocabularyEncodesAsTiktoken) {
  std::vector<std::string> tokens = test::small_vocabulary();
  const std::size_t size = tokens.size() + test::kRuleTokens;
  expect_encodes(Tokenizer::from_ggml(std::move(tokens), size, "model.bin"), "encode", false);
}

TEST(Tokenizer, DecodesAsHuggingFace) {
  for (const auto& [ids, text] : tokenizer_cases()["decode"].get<std::vector<std::pair<Ids, std::string>>>()) {
    EXPECT_EQ(small_tokenizer().decode_text(ids, false), text);
  }
}

TEST(Tokenizer, DecodingEncodedTextGivesItBack) {
  for (const auto& row : tokenizer_cases()["encode"]) {
    const auto text = row[0].get<std::string>();
    EXPECT_EQ(small_tokenizer().decode(small_tokenizer().encode(text)), text);
  }
}

TEST(Tokenizer, DecodeYieldsBytesAndTextOnlyWhenAsked) {
  const Ids cut{small_tokenizer().encode("\u4f60")[0]};
  ASSERT_GT(small_tokenizer().encode("\u4f61").size(), 1U) << "a character of several tokens";
  const Ids half{small_tokenizer().encode("\u4f61")[0]};
  EXPECT_EQ(small_tokenizer().decode(half), std::string(small_tokenizer().bytes(half[0])));
  EXPECT_EQ(small_tokenizer().decode_text(half), "\uFFFD");
}

TEST(Tokenizer, ControlTokensAreLeftOutOfDecoding) {
  const Specials& s = small_tokenizer().specials();
  const Ids word = small_tokenizer().encode(" the");
  Ids ids{s.startoftranscript, *s.language("nqo"), *s.transcribe, *s.timestamp(0.5)};
  ids.insert(ids.end(), word.begin(), word.end());
  ids.push_back(s.endoftext);
  EXPECT_EQ(small_tokenizer().decode(ids), " the");
  EXPECT_EQ(small_tokenizer().decode(ids, false),
            "<|startoftranscript|><|nqo|><|transcribe|><|0.50|> the<|endoftext|>");
  EXPECT_TRUE(small_tokenizer().is_control(s.endoftext));
  EXPECT_FALSE(small_tokenizer().is_control(word[0]));
  EXPECT_FALSE(small_tokenizer().is_control(-1));
  EXPECT_FALSE(small_tokenizer().is_control(1 << 30));
}

TEST(Tokenizer, PlainTextNeverBecomesASpecialToken) {
  for (const std::int32_t id : small_tokenizer().encode("<|endoftext|><|0.00|> <|en|>")) {
    EXPECT_FALSE(small_tokenizer().is_control(id));
  }
}

TEST(Tokenizer, RefusesIllFormedAndEndlessText) {
  EXPECT_TRUE(test::is_bad_data("expected UTF-8, found ill-formed byte at 3",
                                [] { (void)small_tokenizer().encode("abc\xE2\x82"); }));
  EXPECT_TRUE(test::is_bad_data("at most 1048576 bytes",
                                [] { (void)small_tokenizer().encode(std::string(kMaxText + 1, 'a')); }));
  for (const std::int32_t id : {-1, static_cast<std::int32_t>(small_tokenizer().size())}) {
    EXPECT_TRUE(test::is_bad_data("token ids from 0 to", [id] { (void)small_tokenizer().decode(Ids{id}); }));
    EXPECT_TRUE(test::is_bad_data("token ids from 0 to", [id] { (void)small_tokenizer().bytes(id); }));
  }
}

// A word of a million letters: merging that looks at every pair each time would take hours.
TEST(Tokenizer, LongestWordsAreMergedInTime) {
  for (const char* unit : {"a", "AA", "the", "\u07ca"}) {
    std::string text;
    while (text.size() + 4 < kMaxText) text += unit;
    EXPECT_EQ(small_tokenizer().decode(small_tokenizer().encode(text)), text);
  }
}

TEST(Tokenizer, WhatIsSavedEncodesTheSame) {
  const test::TempDir dir;
  small_tokenizer().save(dir.str());
  const Tokenizer again = Tokenizer::load(dir.str());
  EXPECT_EQ(again.size(), small_tokenizer().size());
  expect_encodes(again, "encode", false);
  expect_encodes(again, "special", true);
  std::vector<std::string> tokens = test::small_vocabulary();
  const std::size_t size = tokens.size() + test::kRuleTokens;
  Tokenizer::from_ggml(std::move(tokens), size, "model.bin").save(dir.str());
  const Tokenizer from_ggml = Tokenizer::load(dir.str());
  EXPECT_EQ(from_ggml.size(), size);
  EXPECT_EQ(from_ggml.specials().timestamp_count, kTimestamps);
  expect_encodes(from_ggml, "encode", false);
  EXPECT_TRUE(
      test::fails_with(ErrorCategory::io, "tokenizer.json", [&] { small_tokenizer().save(dir / "no such folder"); }));
}

TEST(NonSpeechTokens, AreThoseOfOpenAi) {
  EXPECT_EQ(non_speech_tokens(small_tokenizer()), tokenizer_cases()["non_speech"].get<Ids>());
}

TEST(Words, AreSplitAsOpenAiDoes) {
  for (const char* language : {"en", "ja"}) {
    const auto& cases = tokenizer_cases()["words"][language];
    ASSERT_GT(cases.size(), 30U);
    for (const auto& row : cases) {
      const auto ids = row[0].get<Ids>();
      const auto expected = row[1].get<std::vector<std::pair<std::string, Ids>>>();
      const auto words = split_to_word_tokens(small_tokenizer(), ids, language);
      ASSERT_EQ(words.size(), expected.size());
      for (std::size_t i = 0; i < words.size(); ++i) {
        EXPECT_EQ(words[i].text, expected[i].first);
        EXPECT_EQ(words[i].tokens, expected[i].second);
      }
    }
  }
}

TEST(Words, NoTokenIsLostWhereCharactersNeverBecomeWhole) {
  const auto byte = [](char c) {  // tokens of single bytes
    for (std::int32_t id = 0;; ++id) {
      if (small_tokenizer().bytes(id) == std::string(1, c)) return id;
    }
  };
  const Ids ids{byte('\xE2'), byte('\x82'), byte('A'), byte('\xE2'), byte('b')};
  for (const char* language : {"en", "zh", "yue"}) {
    Ids seen;
    for (const Word& word : split_to_word_tokens(small_tokenizer(), ids, language)) {
      seen.insert(seen.end(), word.tokens.begin(), word.tokens.end());
    }
    EXPECT_EQ(seen, ids);
  }
  EXPECT_TRUE(split_to_word_tokens(small_tokenizer(), {}, "en").empty());
}

TEST(Specials, AreFoundByTheirContents) {
  const Specials& s = small_tokenizer().specials();
  EXPECT_EQ(small_tokenizer().bytes(s.endoftext), "<|endoftext|>");
  EXPECT_EQ(small_tokenizer().bytes(*s.startofprev), "<|startofprev|>");
  EXPECT_EQ(small_tokenizer().bytes(*s.nospeech), "<|nospeech|>");
  EXPECT_EQ(s.languages.size(), 6U);
  EXPECT_EQ(s.language_of(*s.language("haw")), "haw");
  EXPECT_FALSE(s.language("fr"));
  EXPECT_FALSE(s.language_of(s.endoftext));
  EXPECT_EQ(s.timestamp_count, 101);
  EXPECT_EQ(s.timestamp(2.0), *s.timestamp_begin + 100);
  EXPECT_EQ(s.timestamp(0.049), *s.timestamp_begin + 2);
  EXPECT_FALSE(s.timestamp(2.02));
  EXPECT_FALSE(s.timestamp(-1));
  EXPECT_FALSE(s.timestamp(std::numeric_limits<double>::quiet_NaN()));
  EXPECT_DOUBLE_EQ(*s.seconds(*s.timestamp_begin + 57), 1.14);
  EXPECT_FALSE(s.seconds(*s.timestamp_begin + 101));
}

TEST(Languages, CodesAndNames) {
  EXPECT_EQ(whisper_languages().size(), 100U);
  EXPECT_EQ(whisper_languages().back().code, "yue");
  EXPECT_EQ(language_name("haw"), "hawaiian");
  EXPECT_FALSE(language_name("nqo"));
  EXPECT_EQ(language_code("French"), "fr");
  EXPECT_EQ(language_code("EN"), "en");
  EXPECT_EQ(language_code("Haitian Creole"), "ht");
  EXPECT_EQ(language_code("mandarin"), "zh");
  EXPECT_FALSE(language_code("klingon"));
}

}  // namespace
}  // namespace seben::tokenizer
