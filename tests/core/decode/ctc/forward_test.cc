// SPDX-License-Identifier: Apache-2.0
#include "decode/ctc/forward.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "decode/ctc/align.h"
#include "support/errors.h"
#include "support/random_log_probs.h"

namespace seben::ctc {
namespace {

using test::collapse;
using test::enumerate;
using test::random_log_probs;

// One case for every number of frames up to 6, every vocabulary up to 4 classes and every place of the blank.
template <class Check>
void for_every_small_case(Check check) {
  std::uint32_t seed = 0;
  for (std::int64_t frames = 1; frames <= 6; ++frames) {
    for (std::int64_t classes = 2; classes <= 4; ++classes) {
      for (std::int64_t blank = 0; blank < classes; ++blank) {
        SCOPED_TRACE(::testing::Message() << frames << " frames, " << classes << " classes, blank " << blank);
        const LogProbs utterance = random_log_probs(frames, classes, ++seed);
        check(utterance.view(), blank, enumerate(utterance.view(), blank));
      }
    }
  }
}

// Every sequence of labels up to `longest`.
std::vector<Labels> every_text(std::int64_t classes, std::int64_t blank, std::size_t longest) {
  std::vector<Labels> out{{}};
  for (std::size_t from = 0; from < out.size(); ++from) {
    if (out[from].size() == longest) break;
    for (std::int64_t c = 0; c < classes; ++c) {
      if (c == blank) continue;
      Labels longer = out[from];
      longer.push_back(c);
      out.push_back(std::move(longer));
    }
  }
  return out;
}

TEST(Forward, EqualsEnumerationOfAllPaths) {
  for_every_small_case([](LogProbsView view, std::int64_t blank, const auto& truth) {
    const auto texts = every_text(view.classes, blank, static_cast<std::size_t>(view.frames) + 1);
    const auto scores = forward_scores(view, texts, blank);
    double total = 0.0;
    for (std::size_t i = 0; i < texts.size(); ++i) {
      const auto found = truth.find(texts[i]);
      if (found == truth.end()) {
        ASSERT_EQ(scores[i], -std::numeric_limits<double>::infinity());
        ASSERT_GT(frames_needed(texts[i]), view.frames);
      } else {
        ASSERT_NEAR(scores[i], std::log(found->second.probability), 1e-9);
        ASSERT_LE(frames_needed(texts[i]), view.frames);
      }
      ASSERT_EQ(scores[i], forward_score(view, texts[i], blank));
      total += std::exp(scores[i]);
    }
    ASSERT_NEAR(total, 1.0, 1e-5);  // the texts share out all probability
  });
}

TEST(Align, FindsTheBestOfAllPaths) {
  for_every_small_case([](LogProbsView view, std::int64_t blank, const auto& truth) {
    for (const Labels& text : every_text(view.classes, blank, static_cast<std::size_t>(view.frames) + 1)) {
      const auto found = align(view, text, blank, 100);
      const auto expected = truth.find(text);
      ASSERT_EQ(found.has_value(), expected != truth.end());
      if (!found) continue;
      ASSERT_NEAR(found->log_prob, std::log(expected->second.best), 1e-9);
      std::vector<std::int64_t> path(static_cast<std::size_t>(view.frames), blank);
      ASSERT_EQ(found->symbols.size(), text.size());
      for (std::size_t i = 0; i < text.size(); ++i) {
        const Symbol& s = found->symbols[i];
        ASSERT_EQ(s.label, text[i]);
        double log_prob = 0.0;
        for (std::int64_t t = s.first_frame - 100; t <= s.last_frame - 100; ++t) {
          path.at(static_cast<std::size_t>(t)) = s.label;
          log_prob += static_cast<double>(view.at(t, s.label));
        }
        ASSERT_NEAR(static_cast<double>(s.log_prob), log_prob, 1e-5);
        ASSERT_NEAR(static_cast<double>(s.confidence),
                    std::exp(log_prob / static_cast<double>(s.last_frame - s.first_frame + 1)), 1e-5);
      }
      ASSERT_EQ(path, expected->second.best_path);
    }
  });
}

TEST(Align, OfTheGreedyTextIsTheGreedyPath) {
  const LogProbs utterance = random_log_probs(375, 66, 5);
  const Hypothesis best = greedy(utterance.view(), 65);
  Labels labels;
  for (const Symbol& s : best.symbols) labels.push_back(s.label);
  const auto found = align(utterance.view(), labels, 65);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->symbols, best.symbols);
  EXPECT_NEAR(found->log_prob, best.log_prob, 1e-9);
}

// tools/fixtures/ctc_loss_fixture.py wrote it with torch.nn.functional.ctc_loss in double precision.
TEST(Forward, EqualsPyTorch) {
  std::ifstream stream(SEBEN_SOURCE_DIR "/tests/fixtures/ctc/ctc_loss.json");
  ASSERT_TRUE(stream.good());
  const nlohmann::json fixture = nlohmann::json::parse(stream);
  std::size_t cases = 0;
  for (const auto& one : fixture.at("cases")) {
    LogProbs utterance{one.at("log_probs").get<std::vector<float>>(), one.at("frames").get<std::int64_t>(),
                       one.at("classes").get<std::int64_t>()};
    const auto texts = one.at("texts").get<std::vector<Labels>>();
    const auto losses = one.at("losses").get<std::vector<double>>();
    const auto scores = forward_scores(utterance.view(), texts, one.at("blank").get<std::int64_t>());
    for (std::size_t i = 0; i < texts.size(); ++i, ++cases) {
      EXPECT_NEAR(-scores[i], losses[i], 1e-4 * std::abs(losses[i])) << "text " << i;
    }
  }
  EXPECT_GE(cases, 30U);
}

TEST(Forward, DoesNotUnderflowOnImprobableTexts) {
  // Each frame gives label 1 a probability of 1e-30: 400 frames are far below the smallest double.
  const LogProbs utterance =
      test::from_probabilities(std::vector<std::vector<double>>(400, {1e-30, 1e-30, 1.0 - 2e-30}));
  Labels alternating;
  for (int i = 0; i < 400; ++i) alternating.push_back(i % 2);
  EXPECT_NEAR(forward_score(utterance.view(), alternating, 2), 400.0 * std::log(1e-30), 1e-2);
}

TEST(Forward, MaskedClassesAreImpossible) {
  const LogProbs utterance = test::from_probabilities({{0.5, 0.0, 0.5}, {0.25, 0.0, 0.75}});
  EXPECT_EQ(forward_score(utterance.view(), Labels{1}, 2), -std::numeric_limits<double>::infinity());
  EXPECT_FALSE(align(utterance.view(), Labels{1}, 2).has_value());
  EXPECT_NEAR(forward_score(utterance.view(), Labels{0}, 2), std::log(1.0 - 0.375), 1e-7);
  EXPECT_NEAR(forward_score(utterance.view(), Labels{}, 2), std::log(0.375), 1e-7);
}

TEST(Forward, RefusesWhatIsNoLabel) {
  const LogProbs utterance = random_log_probs(4, 3, 1);
  for (const std::int64_t bad : {-1, 2, 3}) {
    EXPECT_TRUE(
        test::is_bad_data("without the blank 2", [&] { (void)forward_score(utterance.view(), Labels{bad}, 2); }));
    EXPECT_TRUE(test::is_bad_data(std::to_string(bad), [&] { (void)align(utterance.view(), Labels{bad}, 2); }));
  }
  const LogProbsView empty{nullptr, 0, 3};
  EXPECT_TRUE(test::is_bad_data("at least one frame", [&] { (void)forward_score(empty, Labels{}, 2); }));
  EXPECT_TRUE(test::is_bad_data("at least one frame", [&] { (void)align(empty, Labels{}, 2); }));
}

TEST(FramesNeeded, CountsABlankBetweenEqualNeighbours) {
  EXPECT_EQ(frames_needed(Labels{}), 0);
  EXPECT_EQ(frames_needed(Labels{4}), 1);
  EXPECT_EQ(frames_needed(Labels{4, 4}), 3);
  EXPECT_EQ(frames_needed(Labels{4, 5, 4, 4, 4}), 7);
}

}  // namespace
}  // namespace seben::ctc
