// SPDX-License-Identifier: Apache-2.0
// What the automaton has given when a text ends is exactly the boosts of the phrases in it.
#include "decode/ctc/hotwords.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>
#include <vector>

#include "support/errors.h"

namespace seben::ctc {
namespace {

using Text = std::vector<std::int64_t>;
using test::is_bad_data;

class HotwordsTest : public ::testing::Test {
 protected:
  // Everything that reading `text` and its end gives.
  [[nodiscard]] static double total(const Hotwords& hotwords, const Text& text) {
    Hotwords::State state = hotwords.start();
    double sum = 0.0;
    for (const std::int64_t label : text) sum += hotwords.advance(state, label);
    return sum + hotwords.finish(state);
  }
  // The same by looking: a phrase counts wherever it stands between spaces or ends.
  [[nodiscard]] double counted(const std::vector<Hotword>& phrases, const Text& text) const {
    double sum = 0.0;
    for (const Hotword& phrase : phrases) {
      const std::size_t n = phrase.labels.size();
      for (std::size_t at = 0; at + n <= text.size(); ++at) {
        const bool equal = std::equal(phrase.labels.begin(), phrase.labels.end(), text.begin() + static_cast<int>(at));
        const bool begins = at == 0 || text[at - 1] == space_, ends = at + n == text.size() || text[at + n] == space_;
        sum += equal && begins && ends ? phrase.boost : 0.0;
      }
    }
    return sum;
  }
  [[nodiscard]] auto making(const std::vector<Hotword>& phrases) const {
    return [this, phrases] { (void)Hotwords(phrases, vocabulary_); };
  }
  const nko::Vocabulary vocabulary_ = nko::Vocabulary::nko_blank_last();
  const std::int64_t space_ = vocabulary_.space();
};

TEST_F(HotwordsTest, FinishedTextsHaveTheirPhrasesBoosts) {
  const std::vector<Hotword> phrases{
      {{1, 2}, 1.0}, {{2}, 0.5}, {{1, 2, space_, 2}, 2.0}, {{2, space_, 2}, 4.0}, {{3, 3, 3}, 8.0}};
  const Hotwords hotwords(phrases, vocabulary_);
  EXPECT_FALSE(hotwords.empty());
  std::mt19937 random(7);
  const std::vector<std::int64_t> symbols{1, 2, 3, space_};
  for (int trial = 0; trial < 3000; ++trial) {
    Text text(random() % 10);
    for (std::int64_t& label : text) label = symbols[random() % symbols.size()];
    ASSERT_NEAR(total(hotwords, text), counted(phrases, text), 1e-12);
  }
}

TEST_F(HotwordsTest, APartHasItsShareUntilItBreaksOff) {
  const Hotwords hotwords(std::vector<Hotword>{{{1, 2, 3}, 4.0}}, vocabulary_);
  Hotwords::State state = hotwords.start();
  EXPECT_DOUBLE_EQ(hotwords.advance(state, 1), 1.0);
  EXPECT_DOUBLE_EQ(hotwords.advance(state, 2), 1.0);
  Hotwords::State broken = state;
  EXPECT_DOUBLE_EQ(hotwords.advance(broken, 1), -2.0);
  EXPECT_DOUBLE_EQ(hotwords.advance(state, 3), 1.0);
  EXPECT_DOUBLE_EQ(hotwords.finish(state), 1.0);
  EXPECT_DOUBLE_EQ(hotwords.finish(broken), 0.0);
}

TEST_F(HotwordsTest, NoneChangeNothing) {
  const Hotwords none;
  EXPECT_TRUE(none.empty());
  EXPECT_EQ(none.finish(none.start()), 0.0);
  EXPECT_TRUE(Hotwords(std::vector<Hotword>{}, vocabulary_).empty());
}

TEST_F(HotwordsTest, PhrasesThatCannotBe) {
  EXPECT_TRUE(is_bad_data("hotword 1: expected at least one symbol", making({{{}, 1.0}})));
  EXPECT_TRUE(is_bad_data("hotword 2", making({{{1}, 1.0}, {{vocabulary_.blank()}, 1.0}})));
  EXPECT_TRUE(is_bad_data("written", making({{{-1}, 1.0}})));
  EXPECT_TRUE(is_bad_data("written", making({{{1000}, 1.0}})));
  EXPECT_TRUE(is_bad_data("no space at its ends", making({{{space_, 1}, 1.0}})));
  EXPECT_TRUE(is_bad_data("no space at its ends", making({{{1, space_}, 1.0}})));
  EXPECT_TRUE(is_bad_data("a boost above 0", making({{{1}, 0.0}})));
  EXPECT_TRUE(is_bad_data("a boost above 0", making({{{1}, std::numeric_limits<double>::quiet_NaN()}})));
  EXPECT_TRUE(is_bad_data("a boost above 0", making({{{1}, std::numeric_limits<double>::infinity()}})));
  EXPECT_TRUE(is_bad_data("not there yet", making({{{1, 2}, 1.0}, {{1, 2}, 2.0}})));
  EXPECT_TRUE(is_bad_data("at most 100000 symbols", making({{Text(Hotwords::kMaxLabels + 1, 1), 1.0}})));
}

}  // namespace
}  // namespace seben::ctc
