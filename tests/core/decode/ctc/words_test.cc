// SPDX-License-Identifier: Apache-2.0
// The scores of a forced choice against the enumeration of every path and every sequence.
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <random>

#include "decode/ctc/word_sequences.h"
#include "decode/ctc/word_trie.h"
#include "support/errors.h"
#include "support/random_log_probs.h"

namespace seben::ctc {
namespace {

using test::enumerate;
using test::random_log_probs;

constexpr double kNever = -std::numeric_limits<double>::infinity();

// Words that share beginnings, hold each other and double a letter; entry 2 has two spellings.
WordTrie small_trie() {
  WordTrie trie;
  trie.add(Labels{1, 2}, 0);
  trie.add(Labels{1, 2, 1}, 1);
  trie.add(Labels{2}, 2);
  trie.add(Labels{1, 1}, 2);
  trie.add(Labels{2, 2, 1}, 3);
  return trie;
}

std::vector<std::vector<Labels>> small_spellings() { return {{{1, 2}}, {{1, 2, 1}}, {{2}, {1, 1}}, {{2, 2, 1}}}; }

TEST(WordScores, AreTheSumsOfForwardScoresOverSpellings) {
  for (std::uint32_t seed = 1; seed <= 30; ++seed) {
    const LogProbs utterance = random_log_probs(1 + seed % 9, 4, seed, 3.0F);
    const auto scores = word_scores(utterance.view(), small_trie(), 0);
    const auto spellings = small_spellings();
    ASSERT_EQ(scores.size(), spellings.size());
    for (std::size_t e = 0; e < spellings.size(); ++e) {
      double sum = kNever;
      for (const Labels& s : spellings[e]) sum = log_add(sum, forward_score(utterance.view(), s, 0));
      if (sum == kNever) {
        EXPECT_EQ(scores[e], kNever);
      } else {
        EXPECT_NEAR(scores[e], sum, 1e-12 * std::max(1.0, -sum)) << seed << " " << e;
      }
    }
  }
}

TEST(WordScores, OfManyWordsAreThoseOfEachAlone) {
  const LogProbs utterance = random_log_probs(60, 8, 5, 4.0F);
  std::mt19937 random(3);
  WordTrie together;
  std::vector<Labels> words;
  while (words.size() < 300) {
    Labels word(2 + random() % 6);
    for (std::int64_t& label : word) label = 1 + static_cast<std::int64_t>(random() % 7);
    if (together.find(word) != WordTrie::kNone) continue;
    together.add(word, static_cast<std::uint32_t>(words.size()));
    words.push_back(word);
  }
  const auto scores = word_scores(utterance.view(), together, 0);
  for (std::size_t i = 0; i < words.size(); ++i) {
    WordTrie alone;
    alone.add(words[i], 0);
    EXPECT_EQ(scores[i], word_scores(utterance.view(), alone, 0).front());
    EXPECT_EQ(together.find(words[i]), i);
  }
}

TEST(DropClasses, SumsOverEveryTextThatDiffersInThemAlone) {
  for (std::uint32_t seed = 1; seed <= 12; ++seed) {
    const LogProbs utterance = random_log_probs(5, 4, seed);
    const std::vector<std::int64_t> dropped{3};
    std::map<Labels, double> expected;
    for (const auto& [text, truth] : enumerate(utterance.view(), 0)) {
      Labels letters;
      for (const std::int64_t label : text) {
        if (label != 3) letters.push_back(label);
      }
      expected[letters] += truth.probability;
    }
    const LogProbs letters = drop_classes(utterance.view(), dropped, 0);
    for (const auto& [text, probability] : expected) {
      EXPECT_NEAR(std::exp(forward_score(letters.view(), text, 0)), probability, 1e-6);
    }
  }
}

// Every sequence of words that these frames can carry, by what the enumeration of all paths says of its spellings.
std::map<std::vector<std::uint32_t>, double> every_sequence(LogProbsView view) {
  const auto truth = enumerate(view, 0);
  const auto spellings = small_spellings();
  std::map<std::vector<std::uint32_t>, double> out;
  std::vector<std::pair<std::vector<std::uint32_t>, Labels>> open{{{}, {}}};
  for (std::size_t i = 0; i < open.size(); ++i) {
    for (std::uint32_t e = 0; e < spellings.size(); ++e) {
      for (const Labels& s : spellings[e]) {
        auto [entries, labels] = open[i];
        entries.push_back(e);
        labels.insert(labels.end(), s.begin(), s.end());
        if (static_cast<std::int64_t>(labels.size()) > view.frames) continue;
        if (const auto found = truth.find(labels); found != truth.end()) out[entries] += found->second.probability;
        open.emplace_back(std::move(entries), std::move(labels));
      }
    }
  }
  return out;
}

TEST(WordSequences, EqualTheEnumerationOfAllSequences) {
  for (std::uint32_t seed = 1; seed <= 20; ++seed) {
    const LogProbs utterance = random_log_probs(1 + seed % 6, 3, seed);
    const auto expected = every_sequence(utterance.view());
    const auto found = word_sequences(utterance.view(), small_trie(), 0, 100'000, 100'000);
    ASSERT_EQ(found.size(), expected.size());
    double before = 0.0;
    for (const WordSequence& s : found) {
      ASSERT_TRUE(expected.contains(s.entries));
      EXPECT_NEAR(std::exp(s.log_prob), expected.at(s.entries), 1e-6);
      EXPECT_LE(s.log_prob, before + 1e-12);
      before = s.log_prob;
    }
  }
}

TEST(WordSequences, OfOneWordScoreAsTheChoiceOfOne) {
  const LogProbs utterance = random_log_probs(4, 3, 17);
  const auto scores = word_scores(utterance.view(), small_trie(), 0);
  std::size_t seen = 0;
  for (const WordSequence& s : word_sequences(utterance.view(), small_trie(), 0, 100'000, 100'000)) {
    if (s.entries.size() != 1) continue;
    EXPECT_NEAR(s.log_prob, scores[s.entries.front()], 1e-9);
    ++seen;
  }
  EXPECT_EQ(seen, scores.size());
}

TEST(WordSequences, SpelledAlikeTheFewerWordsComeFirst) {
  WordTrie trie;
  trie.add(Labels{1}, 0);
  trie.add(Labels{2}, 1);
  trie.add(Labels{1, 2}, 2);
  const LogProbs utterance = test::from_probabilities({{0.02, 0.95, 0.03}, {0.03, 0.02, 0.95}});
  const auto found = word_sequences(utterance.view(), trie, 0, 50, 2);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].entries, (std::vector<std::uint32_t>{2}));
  EXPECT_EQ(found[1].entries, (std::vector<std::uint32_t>{0, 1}));
  EXPECT_EQ(found[0].log_prob, found[1].log_prob);
}

TEST(WordTrie, RefusesWhatCannotBeChosen) {
  WordTrie trie = small_trie();
  EXPECT_TRUE(test::fails_with(ErrorCategory::bad_data, "at least one letter", [&] { trie.add({}, 9); }));
  EXPECT_TRUE(test::fails_with(ErrorCategory::bad_data, "word 1", [&] { trie.add(Labels{1, 2}, 9); }));
  trie.add(Labels{1, 2}, 0);  // the same entry may have it again
  EXPECT_EQ(trie.find(Labels{1}), WordTrie::kNone);
  const LogProbs utterance = random_log_probs(3, 2, 1);
  EXPECT_TRUE(test::fails_with(ErrorCategory::bad_data, "2", [&] { (void)word_scores(utterance.view(), trie, 0); }));
  EXPECT_TRUE(
      test::fails_with(ErrorCategory::usage, "width", [&] { (void)word_sequences(utterance.view(), trie, 0, 0, 1); }));
}

}  // namespace
}  // namespace seben::ctc
