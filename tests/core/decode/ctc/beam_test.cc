// SPDX-License-Identifier: Apache-2.0
#include "decode/ctc/beam.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "decode/ctc/greedy.h"
#include "support/errors.h"
#include "support/random_log_probs.h"
#include "text/nko/syllables.h"

namespace seben::ctc {
namespace {

nko::Vocabulary letters(std::int64_t classes, std::int64_t blank) {
  std::vector<std::string> texts;
  for (std::int64_t c = 0; c < classes; ++c) {
    texts.push_back(c == blank ? "<blank>" : std::string(1, static_cast<char>('a' + c)));
  }
  return {texts, blank, {}, "test"};
}

TEST(BeamSearch, WideEnoughItIsExact) {
  std::uint32_t seed = 100;
  for (std::int64_t frames = 1; frames <= 6; ++frames) {
    for (std::int64_t classes = 2; classes <= 4; ++classes) {
      for (std::int64_t blank = 0; blank < classes; ++blank) {
        const LogProbs utterance = test::random_log_probs(frames, classes, ++seed);
        const auto truth = test::enumerate(utterance.view(), blank);
        BeamOptions options;
        options.width = options.top = 100'000;
        options.min_log_prob = -std::numeric_limits<double>::infinity();
        const auto found = beam_search(utterance.view(), letters(classes, blank), options);
        ASSERT_EQ(found.size(), truth.size());
        for (std::size_t i = 0; i < found.size(); ++i) {
          ASSERT_NEAR(found[i].log_prob, std::log(truth.at(found[i].labels).probability), 1e-9);
          ASSERT_EQ(found[i].score, found[i].log_prob);
          ASSERT_LE(found[i].score, i == 0 ? 0.1 : found[i - 1].score) << "best first";
        }
      }
    }
  }
}

// Where greedy fails by definition: the best path reads "a", but "" and "a" share the paths otherwise.
TEST(BeamSearch, SumsThePathsThatGreedyDoesNot) {
  // P("a") = 1 - 0.6 * 0.6 = 0.64, though the blank is the best class of both frames.
  const LogProbs utterance = test::from_probabilities({{0.4, 0.6}, {0.4, 0.6}});
  EXPECT_TRUE(greedy(utterance.view(), 1).symbols.empty());
  const auto found = beam_search(utterance.view(), letters(2, 1), {});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].labels, Labels{0});
  EXPECT_NEAR(found[0].log_prob, std::log(0.64), 1e-6);
}

TEST(BeamSearch, IsNeverBelowGreedyAndNeverAboveTheForwardScore) {
  const nko::Vocabulary vocabulary = nko::Vocabulary::nko_blank_last();
  for (std::uint32_t seed = 0; seed < 20; ++seed) {
    const LogProbs utterance = test::random_log_probs(60, 66, seed, 3.0F);
    BeamOptions options;
    options.top = 5;
    const auto found = beam_search(utterance.view(), vocabulary, options);
    ASSERT_EQ(found.size(), 5U);
    for (const BeamText& text : found) {
      EXPECT_LE(text.log_prob, forward_score(utterance.view(), text.labels, 65) + 1e-9);
    }
    EXPECT_GE(found[0].log_prob, greedy(utterance.view(), 65).log_prob);
    options.top = 1;
    EXPECT_EQ(beam_search(utterance.view(), vocabulary, options)[0].labels, found[0].labels);
  }
}

TEST(BeamSearch, PruningKeepsTheBestClassOfEveryFrame) {
  const LogProbs utterance = test::from_probabilities({{0.9, 0.05, 0.05}, {0.05, 0.05, 0.9}, {0.05, 0.9, 0.05}});
  BeamOptions options;
  options.min_log_prob = 0.0;  // nothing reaches it
  const auto found = beam_search(utterance.view(), letters(3, 2), options);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].labels, (Labels{0, 1}));
  EXPECT_GE(found[0].log_prob, 3 * std::log(0.9));
}

// Class 0 is U+07CA (a vowel), class 1 U+07EC (a tone mark): "tone mark, vowel" is no word, though it sounds best.
TEST(BeamSearch, SyllablesAreForbiddenOrPenalised) {
  const nko::Vocabulary vocabulary({"\u07CA", "\u07EC", "<blank>"}, 2, {}, "test");
  const LogProbs utterance = test::from_probabilities({{0.3, 0.6, 0.1}, {0.6, 0.3, 0.1}});
  BeamOptions options;
  options.top = 10;
  EXPECT_EQ(beam_search(utterance.view(), vocabulary, options)[0].labels, (Labels{1, 0}));

  options.syllables = SyllableRule::forbid;
  const auto allowed = beam_search(utterance.view(), vocabulary, options);
  ASSERT_FALSE(allowed.empty());
  for (const BeamText& text : allowed) {
    std::string written;
    for (const std::int64_t label : text.labels) written += vocabulary.text(label);
    EXPECT_FALSE(nko::first_violation(written, "t")) << written;
  }
  EXPECT_EQ(allowed[0].labels, Labels{0});  // 0.3 * 0.6 + 0.3 * 0.1 + 0.1 * 0.6 = 0.27

  options.syllables = SyllableRule::penalty;
  options.syllable_penalty = 0.1;
  const auto tolerated = beam_search(utterance.view(), vocabulary, options);
  EXPECT_EQ(tolerated[0].labels, (Labels{1, 0}));
  EXPECT_NEAR(tolerated[0].score, tolerated[0].log_prob - 0.1, 1e-9);
  options.syllable_penalty = 3.0;
  EXPECT_EQ(beam_search(utterance.view(), vocabulary, options)[0].labels, Labels{0});
}

TEST(BeamSearch, RefusesWhatItCannotSearch) {
  const LogProbs utterance = test::random_log_probs(4, 3, 1);
  EXPECT_TRUE(test::is_bad_data("4 classes", [&] { (void)beam_search(utterance.view(), letters(4, 3), {}); }));
  EXPECT_TRUE(test::is_bad_data("at least one frame", [&] { (void)beam_search({nullptr, 0, 3}, letters(3, 2), {}); }));
  LogProbs bad = utterance;
  bad.values[4] = std::nanf("");
  EXPECT_TRUE(test::is_bad_data("frame 1", [&] { (void)beam_search(bad.view(), letters(3, 2), {}); }));
  BeamOptions none;
  none.width = 0;
  EXPECT_TRUE(test::fails_with(ErrorCategory::usage, "width",
                               [&] { (void)beam_search(utterance.view(), letters(3, 2), none); }));
}

}  // namespace
}  // namespace seben::ctc
