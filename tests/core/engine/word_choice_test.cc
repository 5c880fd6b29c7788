// SPDX-License-Identifier: Apache-2.0
// Lists of words and what is chosen from them, on made-up frames.
#include "engine/word_choice.h"

#include <gtest/gtest.h>

#include <cmath>

#include "engine/decoding.h"
#include "engine/recording.h"
#include "engine/word_joiner.h"
#include "support/errors.h"
#include "support/random_log_probs.h"
#include "support/temp_dir.h"

namespace seben::pipeline {
namespace {

using test::is_bad_data;

const nko::Vocabulary& public_classes() {
  static const nko::Vocabulary made = nko::Vocabulary::nko_blank_last();
  return made;
}

WordList parse(const std::string& text) { return WordList::parse(text, "words.txt", public_classes()); }

// One frame a text: each of its classes in turn, 0.9 sure; "_" is the blank. 0.1 is shared by all others.
ctc::LogProbs spoken(const std::string& text, double sure = 0.9) {
  std::vector<std::vector<double>> rows;
  const auto add = [&](std::size_t label) {
    std::vector<double> row(66, (1.0 - sure) / 65.0);
    row[label] = sure;
    rows.push_back(row);
  };
  std::string rest;
  const auto flush = [&] {
    for (const std::int64_t label : public_classes().encode(rest, "test")) add(static_cast<std::size_t>(label));
    rest.clear();
  };
  for (const char c : text) {
    if (c == '_') {
      flush();
      add(65);
    } else {
      rest += c;
    }
  }
  flush();
  return test::from_probabilities(rows);
}

constexpr const char* kYes = "\u07D3\u07CA";   // ba
constexpr const char* kNo = "\u07DB\u07CE";    // su
constexpr const char* kStop = "\u07DF\u07D0";  // lɔ

class WordChoiceTest : public ::testing::Test {
 protected:
  WordChooser chooser(const std::string& words, const char* mode = "one", std::optional<double> threshold = {}) {
    test::write_file(dir_ / "words.txt", words);
    CtcOptions options;
    options.words = dir_ / "words.txt";
    options.words_mode = mode;
    options.words_threshold = threshold;
    return {options, public_classes()};
  }
  test::TempDir dir_;
};

TEST(WordListTest, ReadsBothScriptsSpellingsAndComments) {
  const WordList list = parse("\xEF\xBB\xBF# commands\n\n\u07D3\u07CA \u07DB\u07CE\r\nlɔ / lo\n  Taga-la  \n");
  ASSERT_EQ(list.entries().size(), 3U);
  EXPECT_EQ(list.entries()[0].text, "\u07D3\u07CA \u07DB\u07CE");
  EXPECT_EQ(list.entries()[0].spellings[0].size(), 4U) << "the space counts for nothing";
  EXPECT_EQ(list.entries()[1].text, "\u07DF\u07D0");
  EXPECT_EQ(list.entries()[1].spellings.size(), 2U);
  EXPECT_EQ(list.entries()[2].text, "\u07D5\u07CA\u07DC\u07ED\u07CA \u07DF\u07CA") << "the mark of g comes back";
  EXPECT_EQ(list.find("\u07DF\u07CF", public_classes()), 1U);
  EXPECT_EQ(list.find("\u07D5\u07CA\u07DC\u07CA\u07DF\u07CA", public_classes()), 2U);
  EXPECT_EQ(list.find("x", public_classes()), ctc::WordTrie::kNone);
}

TEST(WordListTest, TonesCountOnlyWhereTheyTellWordsApart) {
  const WordList without = parse("\u07D3\u07CA\u07EB\n\u07DB\u07CE\n");
  EXPECT_TRUE(without.drops(public_classes().encode("\u07EB", "test").front()));
  EXPECT_EQ(without.find("\u07D3\u07CA\u07EC", public_classes()), 0U);
  const WordList with = parse("\u07D3\u07CA\u07EB\n\u07D3\u07CA\u07EC\n");
  EXPECT_FALSE(with.drops(public_classes().encode("\u07EB", "test").front()));
  EXPECT_EQ(with.find("\u07D3\u07CA\u07EC", public_classes()), 1U);
}

TEST(WordListTest, NamesTheLineOfWhatItCannotTake) {
  const auto refused = [](const std::string& text, const std::string& line) {
    return is_bad_data(line, [&] { (void)parse(text); });
  };
  EXPECT_TRUE(refused("", "words.txt: expected at least one word"));
  EXPECT_TRUE(refused("# nothing\n\n", "at least one word"));
  EXPECT_TRUE(refused("ba\nbax\n", "words.txt: line 2: expected letters of N'Ko or of Latin Bambara, found \"x\""));
  EXPECT_TRUE(refused("ba\nba \u07CA\n", "line 2: expected one script"));
  EXPECT_TRUE(refused("ba\n\nba\n",
                      "line 3: expected a word that is not there yet, found the letters of words.txt: "
                      "line 1"));
  EXPECT_TRUE(refused("ba\nb a\n", "line 2"));
  EXPECT_TRUE(refused("ba / \nsu\n", "line 1: expected a word"));
  EXPECT_TRUE(refused("ba\n\u07EB\n", "line 2: expected a letter, found marks alone"));
  EXPECT_TRUE(refused("ba\n\xFF\n", "line 2: expected UTF-8"));
  EXPECT_TRUE(refused("ba\n\u0628\n", "line 2: expected letters"));
  EXPECT_TRUE(refused("ba;su\n", "line 1: expected letters"));
  std::string long_word, spellings = "a";
  for (int i = 0; i < 101; ++i) long_word += "ba";
  for (int i = 0; i < 20; ++i) spellings += "/a";
  EXPECT_TRUE(refused(long_word, "at most 200 letters"));
  EXPECT_TRUE(refused(spellings, "at most 20 spellings, found 21"));
}

TEST_F(WordChoiceTest, ChoosesTheNearestWordAndSaysHowSure) {
  const auto utterance = spoken(std::string("_") + kNo + "__");
  const auto words = chooser("ba\nsu\nlɔ\n").choose(utterance.view(), 25.0);
  ASSERT_EQ(words.size(), 1U);
  EXPECT_EQ(words[0].text, kNo);
  EXPECT_TRUE(words[0].accepted);
  EXPECT_GT(words[0].probability, 0.99);
  EXPECT_NEAR(words[0].fit, 1.0, 1e-9);
  EXPECT_GT(words[0].margin, 3.0);
  EXPECT_FALSE(words[0].runner_up.empty());
  ASSERT_EQ(words[0].symbols.size(), 2U);
  EXPECT_EQ(words[0].symbols[0].first_frame, 1);
  EXPECT_EQ(words[0].symbols[1].last_frame, 2);
}

TEST_F(WordChoiceTest, OfOneWordTheOnlyQuestionIsWhetherItWasSaid) {
  const auto said = spoken(std::string("_") + kNo + "_"), other = spoken(std::string("_") + kYes + "_", 0.999);
  const WordChooser one = chooser("su\n");
  const auto found = one.choose(said.view(), 25.0);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_TRUE(found[0].accepted);
  EXPECT_EQ(found[0].probability, 1.0);
  EXPECT_TRUE(std::isinf(found[0].margin));
  const auto refused = one.choose(other.view(), 25.0);
  ASSERT_EQ(refused.size(), 1U);
  EXPECT_FALSE(refused[0].accepted);
  EXPECT_TRUE(refused[0].spoken);
  EXPECT_TRUE(refused[0].symbols.empty());
  EXPECT_TRUE(chooser("su\n", "one", 0.0).choose(other.view(), 25.0)[0].accepted) << "0 never refuses";
}

TEST_F(WordChoiceTest, SilenceIsNoWord) {
  const auto silence = spoken("______", 0.9999);
  const auto found = chooser("ba\nsu\n").choose(silence.view(), 25.0);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_FALSE(found[0].accepted);
  EXPECT_FALSE(found[0].spoken);
  EXPECT_TRUE(chooser("ba\nsu\n", "sequence").choose(silence.view(), 25.0).empty());
}

TEST_F(WordChoiceTest, ASpellingReadsAsTheFirstOne) {
  const auto utterance = spoken("_\u07DF\u07CF_");
  const auto found = chooser("lɔ ba / lo\nsu\n").choose(utterance.view(), 25.0);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].text, "\u07DF\u07D0 \u07D3\u07CA");
  EXPECT_EQ(ctc::to_text(found[0].symbols, public_classes()), found[0].text);
  EXPECT_EQ(found[0].symbols.front().first_frame, 1);
  EXPECT_LE(found[0].symbols.back().last_frame, 2);
}

TEST_F(WordChoiceTest, SequencesAreReadStretchByStretch) {
  std::string pause(30, '_');
  const auto utterance = spoken(std::string("_") + kNo + "_" + kYes + pause + kStop + kStop + "_");
  const auto found = chooser("ba\nsu\nlɔ\n", "sequence").choose(utterance.view(), 25.0);
  std::vector<std::string> texts;
  for (const ChosenWord& w : found) texts.push_back(w.text);
  EXPECT_EQ(texts, (std::vector<std::string>{kNo, kYes, kStop, kStop}));
  EXPECT_EQ(found[2].first_frame, 36);
  EXPECT_GT(found[0].probability, 0.9);
}

TEST_F(WordChoiceTest, ASequenceOfOneIsChosenAsOne) {
  for (const char* word : {kYes, kNo, kStop}) {
    const auto utterance = spoken(std::string("__") + word + "_", 0.7);
    const auto one = chooser("ba\nsu\nlɔ\n").choose(utterance.view(), 25.0);
    const auto many = chooser("ba\nsu\nlɔ\n", "sequence").choose(utterance.view(), 25.0);
    ASSERT_EQ(many.size(), 1U);
    EXPECT_EQ(one[0].text, many[0].text);
    EXPECT_EQ(one[0].symbols, many[0].symbols);
    EXPECT_NEAR(one[0].log_prob, many[0].log_prob, 1e-9);
  }
}

TEST_F(WordChoiceTest, OptionsThatDoNotGoTogetherAreRefused) {
  test::write_file(dir_ / "words.txt", "ba\n");
  const auto refused = [&](const std::string& text, auto change) {
    CtcOptions options;
    options.words = dir_ / "words.txt";
    change(options);
    return test::fails_with(ErrorCategory::usage, text, [&] { Decoding(options, public_classes()); });
  };
  EXPECT_TRUE(refused("words mode", [](CtcOptions& o) { o.words_mode = "two"; }));
  EXPECT_TRUE(refused("words threshold", [](CtcOptions& o) { o.words_threshold = 1.5; }));
  EXPECT_TRUE(refused("words threshold", [](CtcOptions& o) { o.words_threshold = std::nan(""); }));
  EXPECT_TRUE(refused("words: expected no beam search", [](CtcOptions& o) { o.search = "beam"; }));
  EXPECT_TRUE(refused("words mode", [](CtcOptions& o) { o.words.clear(), o.words_mode = "one"; }));
  EXPECT_TRUE(refused("hotwords", [](CtcOptions& o) { o.hotwords = "x"; }));
}

ChosenWord at(const char* text, std::int64_t first, std::int64_t last) {
  ChosenWord out;
  out.text = text;
  out.first_frame = first;
  out.last_frame = last;
  return out;
}

std::vector<std::string> joined(const std::vector<ChosenWord>& first, const std::vector<ChosenWord>& second) {
  WordJoiner joiner;  // windows of 100 frames, the second from frame 80 on: the overlap's middle is 90
  std::vector<std::string> out;
  EXPECT_TRUE(joiner.push(first, 0, 0).empty());
  for (const ChosenWord& w : joiner.push(second, 80, 100)) out.push_back(w.text);
  for (const ChosenWord& w : joiner.finish()) out.push_back(w.text);
  return out;
}

TEST(WordJoinerTest, EveryWordIsThereOnce) {
  using Texts = std::vector<std::string>;
  EXPECT_EQ(joined({at("a", 10, 20), at("b", 82, 86)}, {at("b", 81, 86), at("c", 120, 130)}), (Texts{"a", "b", "c"}));
  EXPECT_EQ(joined({at("a", 10, 20), at("half", 94, 99)}, {at("b", 94, 104)}), (Texts{"a", "b"}));
  EXPECT_EQ(joined({at("a", 86, 95)}, {at("a", 87, 96), at("b", 98, 103)}), (Texts{"a", "b"}));
  EXPECT_EQ(joined({at("a", 91, 95)}, {at("a", 88, 95)}), (Texts{"a"})) << "jitter over the middle";
  EXPECT_EQ(joined({at("a", 88, 95)}, {at("a", 91, 95)}), (Texts{"a"}));
  EXPECT_EQ(joined({at("a", 70, 78)}, {at("rest", 80, 84), at("b", 95, 99)}), (Texts{"a", "b"}));
}

}  // namespace
}  // namespace seben::pipeline
