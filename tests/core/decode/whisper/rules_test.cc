// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "decode/whisper/logit_rules.h"
#include "support/errors.h"

namespace seben::generate {
namespace {

using Tokens = std::vector<std::int32_t>;

// 0..9 text, 10 the end, 11 no timestamps, 12..31 timestamps
RuleOptions options() {
  RuleOptions o;
  o.endoftext = 10;
  o.suppress = {3};
  o.begin_suppress = {4, 10};
  o.timestamp_begin = 12;
  o.notimestamps = 11;
  o.max_initial_timestamp = 5;
  return o;
}

std::vector<bool> allowed(const RuleOptions& o, const Tokens& sampled, std::vector<float> scores) {
  LogitRules(o, static_cast<std::int64_t>(scores.size())).apply(sampled, scores);
  std::vector<bool> out;
  for (const float s : scores) out.push_back(std::isfinite(s));
  return out;
}

std::vector<float> favouring(std::int32_t token) {
  std::vector<float> scores(32, 0.0F);
  scores[static_cast<std::size_t>(token)] = 50.0F;
  return scores;
}

TEST(LogitRules, FirstTokenIsATimestampNotTooLate) {
  const auto may = allowed(options(), {}, favouring(2));
  for (std::size_t i = 0; i < may.size(); ++i) EXPECT_EQ(may[i], i >= 12 && i <= 17) << i;
}

TEST(LogitRules, TextFollowsTheFirstTimestamp) {
  const auto may = allowed(options(), {14}, favouring(2));
  EXPECT_TRUE(may[2] && may[4] && may[10]);
  EXPECT_FALSE(may[3] || may[11]);
  EXPECT_TRUE(std::none_of(may.begin() + 12, may.end(), [](bool b) { return b; }));
}

TEST(LogitRules, ABeginningThatIsGivenCountsAsText) {
  RuleOptions given = options();
  given.begun = {12, 2};
  const auto may = allowed(given, {}, favouring(2));
  EXPECT_TRUE(may[2] && may[5] && may[13] && may[31]);
  EXPECT_FALSE(may[4] || may[10] || may[12]);  // not as the first token; not before the beginning's time
}

TEST(LogitRules, AfterTextATimestampIsLater) {
  const auto may = allowed(options(), {14, 2}, favouring(2));
  EXPECT_FALSE(may[13] || may[14]);
  EXPECT_TRUE(may[15] && may[31] && may[2]);
}

TEST(LogitRules, AClosingTimestampIsFollowedByOneOrTheEnd) {
  const auto may = allowed(options(), {14, 2, 16}, favouring(10));
  EXPECT_FALSE(may[2] || may[15]);
  EXPECT_TRUE(may[10] && may[16] && may[17]);
}

TEST(LogitRules, TimestampsTogetherBeatEveryToken) {
  std::vector<float> scores(32, -10.0F);
  scores[2] = 1.0F;
  for (std::size_t i = 15; i < 32; ++i) scores[i] = 0.0F;  // e^1 is less than 17
  EXPECT_FALSE(allowed(options(), {14, 2}, scores)[2]);
  scores[2] = 3.0F;
  EXPECT_TRUE(allowed(options(), {14, 2}, scores)[2]);
}

TEST(LogitRules, WithoutTimestampsOnlyTheListsCount) {
  RuleOptions o = options();
  o.timestamp_begin.reset();
  const auto first = allowed(o, {}, favouring(2)), later = allowed(o, {2}, favouring(2));
  EXPECT_EQ(std::ranges::count(first, false), 3);
  EXPECT_EQ(std::ranges::count(later, false), 1);
}

// Whatever is drawn, a text that followed the rules has its timestamps in order and in pairs.
TEST(LogitRules, RandomTextsAreWellFormed) {
  std::mt19937 random(1);
  std::normal_distribution<float> normal(0.0F, 3.0F);
  for (int trial = 0; trial < 200; ++trial) {
    Tokens text;
    const LogitRules rules(options(), 32);
    while (text.size() < 30) {
      std::vector<float> scores(32);
      for (float& s : scores) s = normal(random);
      rules.apply(text, scores);
      const auto top = static_cast<std::int32_t>(std::ranges::max_element(scores) - scores.begin());
      ASSERT_TRUE(std::isfinite(scores[static_cast<std::size_t>(top)]));
      if (top == 10) break;
      text.push_back(top);
    }
    ASSERT_GE(text.front(), 12);
    std::int32_t latest = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
      EXPECT_NE(text[i], 3);
      EXPECT_NE(text[i], 11);
      if (text[i] < 12) continue;
      EXPECT_GE(text[i], latest);
      latest = text[i];
      EXPECT_FALSE(i >= 2 && text[i - 1] >= 12 && text[i - 2] >= 12) << "three in a row";
    }
  }
}

// As a fine-tuning for a new language adds words: 28..31 are text, 12..27 timestamps.
TEST(LogitRules, WordsThatWereAddedBehindTheTimestampsAreText) {
  RuleOptions o = options();
  o.timestamp_end = 28;
  const auto first = allowed(o, {}, favouring(30));
  for (std::size_t i = 0; i < first.size(); ++i) EXPECT_EQ(first[i], i >= 12 && i <= 17) << i;
  EXPECT_TRUE(allowed(o, {14}, favouring(30))[30]) << "a text follows the first timestamp";
  EXPECT_TRUE(allowed(o, {14, 30}, favouring(30))[30]) << "it closes nothing";
  EXPECT_FALSE(allowed(o, {14, 30}, favouring(16))[14]) << "what follows it is later";
  EXPECT_FALSE(allowed(o, {14, 30, 16}, favouring(30))[30]) << "a closing timestamp is followed by one or the end";
  std::vector<float> scores(32, -10.0F);
  scores[30] = 1.0F;
  for (std::size_t i = 15; i < 28; ++i) scores[i] = 0.0F;  // e^1 is less than 13
  EXPECT_FALSE(allowed(o, {14, 2}, scores)[30]) << "timestamps together beat every token";
  scores[30] = 3.0F;
  EXPECT_TRUE(allowed(o, {14, 2}, scores)[30]);
}

TEST(LogitRules, IdsBeyondTheVocabularyAreNamed) {
  RuleOptions o = options();
  o.suppress = {32};
  EXPECT_TRUE(test::is_bad_data("suppress_tokens: expected 0..31, found 32", [&] { LogitRules(o, 32); }));
}

TEST(LanguageProbabilities, AreOfLanguagesOnly) {
  tokenizer::Specials specials;
  specials.languages = {{"en", 3}, {"bm", 5}, {"fr", 9}};
  std::vector<float> logits(8, 9.0F);
  logits[3] = 0.0F;
  logits[5] = std::log(3.0F);
  const auto found = language_probabilities(specials, logits);
  ASSERT_EQ(found.size(), 2U);  // "fr" is beyond the scores
  EXPECT_EQ(found[0].first, "bm");
  EXPECT_NEAR(found[0].second, 0.75, 1e-6);
  EXPECT_NEAR(found[1].second, 0.25, 1e-6);
}

}  // namespace
}  // namespace seben::generate
