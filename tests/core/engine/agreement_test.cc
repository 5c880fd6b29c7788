// SPDX-License-Identifier: Apache-2.0
// Which words two readings in a row commit, and where a long utterance is cut.
#include "engine/agreement.h"

#include <gtest/gtest.h>

namespace seben::pipeline {
namespace {

ReadWord word(const std::string& text, double start, double end) {
  ReadWord out{text, start, end, 0.9, {}, false};
  const double step = (end - start) / static_cast<double>(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    out.letters.push_back({text.substr(i, 1), start + step * static_cast<double>(i)});
  }
  return out;
}

std::string text(const std::vector<ReadWord>& words) { return joined(words); }

TEST(Agreement, CommitsWhatTwoReadingsSayAwayFromTheNewestSound) {
  Agreement agreement{{}};
  EXPECT_EQ(text(agreement.read({word("ab", 0.2, 0.8)}, 1.0)), "");
  EXPECT_EQ(text(agreement.read({word("ab", 0.2, 0.8), word("cd", 1.0, 1.4)}, 1.5)), "");  // not far enough
  EXPECT_EQ(text(agreement.read({word("ab", 0.2, 0.8), word("cd", 1.0, 1.4)}, 2.0)), "ab");
  EXPECT_EQ(text(agreement.open()), "cd");
  EXPECT_EQ(text(agreement.read({word("ab", 0.2, 0.8), word("cd", 1.0, 1.4)}, 2.5)), "cd");
  EXPECT_DOUBLE_EQ(agreement.committed_end(), 1.4);
  EXPECT_EQ(agreement.contradictions(), 0U);
}

TEST(Agreement, AWordThatChangesWaitsAndSoDoesWhatFollowsIt) {
  Agreement agreement{{}};
  (void)agreement.read({word("ab", 0.2, 0.8), word("cd", 1.0, 1.4)}, 3.0);
  EXPECT_EQ(text(agreement.read({word("ax", 0.2, 0.8), word("cd", 1.0, 1.4)}, 3.5)), "");
  EXPECT_EQ(text(agreement.read({word("ax", 0.2, 0.8), word("cd", 1.0, 1.4)}, 4.0)), "ax cd");
}

TEST(Agreement, LettersThatMoveTooFarDoNotAgree) {
  Agreement agreement{{}};
  (void)agreement.read({word("ab", 0.2, 0.8)}, 3.0);
  EXPECT_EQ(text(agreement.read({word("ab", 0.6, 1.2)}, 3.5)), "");
  EXPECT_EQ(text(agreement.read({word("ab", 0.7, 1.3)}, 4.0)), "ab");
}

TEST(Agreement, CommittedWordsStayWhateverALaterReadingSays) {
  Agreement agreement{{}};
  (void)agreement.read({word("ab", 0.2, 0.8), word("cd", 1.0, 1.4)}, 3.0);
  ASSERT_EQ(text(agreement.read({word("ab", 0.2, 0.8), word("cd", 1.0, 1.4)}, 3.5)), "ab cd");
  // Another letter, two words for one, none at all: what comes behind is found all the same.
  EXPECT_EQ(text(agreement.read({word("ab", 0.2, 0.8), word("cx", 1.0, 1.4), word("ef", 2.8, 3.4)}, 4.0)), "");
  EXPECT_EQ(text(agreement.open()), "ef");
  EXPECT_EQ(text(agreement.read({word("abc", 0.2, 1.1), word("d", 1.2, 1.4), word("ef", 2.8, 3.4)}, 4.5)), "ef");
  EXPECT_EQ(agreement.contradictions(), 2U);
  EXPECT_EQ(text(agreement.read({}, 5.0)), "");
  EXPECT_TRUE(agreement.open().empty());
}

TEST(Agreement, ACommittedWordThatMovesIsNotWrittenTwice) {
  Agreement agreement{{}};
  (void)agreement.read({word("ab", 1.0, 1.4)}, 3.0);
  ASSERT_EQ(text(agreement.read({word("ab", 1.0, 1.4)}, 3.5)), "ab");
  EXPECT_EQ(text(agreement.read({word("ab", 1.2, 1.8), word("cd", 2.0, 2.4)}, 4.0)), "");
  EXPECT_EQ(text(agreement.open()), "cd");
  EXPECT_EQ(text(agreement.behind({word("ab", 1.2, 1.8), word("cd", 2.0, 2.4)})), "cd");
}

TEST(Agreement, OneReadingIsEnoughForAWordThatItIsSureOf) {
  AgreementOptions options;
  options.sure = 0.95;
  Agreement agreement{options};
  ReadWord sure = word("ab", 0.2, 0.8), unsure = word("cd", 1.0, 1.4), behind = word("ef", 1.5, 1.8);
  sure.confidence = behind.confidence = 0.97;
  EXPECT_EQ(text(agreement.read({sure, unsure, behind}, 1.5)), "");    // too near
  EXPECT_EQ(text(agreement.read({sure, unsure, behind}, 1.7)), "ab");  // the next is not sure, nor far enough before
  agreement = Agreement{options};
  EXPECT_EQ(text(agreement.read({sure, unsure, behind}, 3.0)), "ab");  // nothing passes a word that waits
}

TEST(Agreement, WordsWithoutLettersAgreeByTheirTimes) {
  AgreementOptions options;
  options.tolerance = 0.5;
  Agreement agreement{options};
  (void)agreement.read({{"yes", 0.2, 0.8, 1.0, {}, false}}, 3.0);
  EXPECT_EQ(text(agreement.read({{"yes", 0.5, 0.9, 1.0, {}, true}}, 3.5)), "yes");
}

TEST(PlaceToCut, IsInAPauseBehindWhatIsCommitted) {
  const CutOptions options;
  Agreement agreement{{}};
  const std::vector<ReadWord> words{word("ab", 15.0, 15.8), word("cd", 16.9, 17.8), word("ef", 17.9, 18.9)};
  (void)agreement.read(words, 19.0);
  EXPECT_FALSE(place_to_cut(agreement, 16.0, options));  // too early
  const auto place = place_to_cut(agreement, 19.0, options);
  ASSERT_TRUE(place);
  EXPECT_NEAR(*place, 14.7, 1e-9);  // 15 s without a word are the widest
  (void)agreement.read(words, 19.5);
  ASSERT_EQ(agreement.committed_end(), 17.8);
  EXPECT_FALSE(place_to_cut(agreement, 19.5, options));  // 0.1 s is no pause yet
  EXPECT_NEAR(place_to_cut(agreement, 25.9, options).value_or(0.0), 24.8, 1e-9);
}

TEST(PlaceToCut, IsFoundEvenWhereNobodyPauses) {
  const CutOptions options;
  Agreement agreement{{}};
  (void)agreement.read({word("ab", 0.0, 20.0), word("cd", 20.0, 25.9)}, 26.0);
  EXPECT_FALSE(place_to_cut(agreement, 25.0, options));
  EXPECT_DOUBLE_EQ(place_to_cut(agreement, 26.0, options).value_or(0.0), 20.0);
  Agreement one_word{{}};
  (void)one_word.read({word("ab", 0.0, 25.9)}, 26.0);
  EXPECT_DOUBLE_EQ(place_to_cut(one_word, 26.0, options).value_or(0.0), 26.0);
}

TEST(ReadWords, HaveTheLettersOfTheHeadAndTheSegmentsOfWhisper) {
  Transcript t;
  t.text = "ab c";
  t.words = {{"ab", 0.0, 0.3, 0.0, 0.5, 0}, {"c", 0.5, 0.6, 0.0, 0.6, 0}};
  t.characters = {{"a", 0.0, 0.1, 0.0, 0.5, 0},
                  {"b", 0.2, 0.3, 0.0, 0.5, 0},
                  {" ", 0.3, 0.4, 0.0, 0.5, 0},
                  {"c", 0.5, 0.6, 0.0, 0.6, 0}};
  auto words = read_words(t);
  ASSERT_EQ(words.size(), 2U);
  ASSERT_EQ(words[0].letters.size(), 2U);
  EXPECT_EQ(words[0].letters[1].text, "b");
  EXPECT_EQ(words[1].letters.at(0).text, "c");
  EXPECT_EQ(words[1].confidence, 0.6);

  Transcript whole;  // no times of words
  whole.segments = {{"one two", 1.0, 2.0, 0.7, 0}, {"three", 2.5, 3.0, 0.8, 0}};
  words = read_words(whole);
  ASSERT_EQ(words.size(), 3U);
  EXPECT_EQ(words[1].text, "two");
  EXPECT_GT(words[1].start, 1.0);
  EXPECT_DOUBLE_EQ(words[1].end, 2.0);
  EXPECT_TRUE(words[1].ends_segment);
  EXPECT_FALSE(words[0].ends_segment);
}

}  // namespace
}  // namespace seben::pipeline
