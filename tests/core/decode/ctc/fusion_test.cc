// SPDX-License-Identifier: Apache-2.0
// Beam search with a language model, a length bonus and hotwords, against every text that the frames can carry.
#include "decode/ctc/fusion.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "support/errors.h"
#include "support/random_log_probs.h"
#include "text/nko/utf8.h"

namespace seben::ctc {
namespace {

constexpr std::int64_t kA = 0, kB = 1, kSpace = 2, kBlank = 3;

nko::Vocabulary vocabulary() { return {{"a", "b", " ", "<blank>"}, kBlank, {}, "test"}; }

lm::NgramModel model() {
  return lm::NgramModel::parse(
      "\\data\\\nngram 1=5\nngram 2=4\n\n\\1-grams:\n-99\t<s>\t-0.3\n-1.1\t</s>\n-0.5\ta\t-0.2\n-0.9\tb\t-0.1\n"
      "-0.8\t<space>\t-0.4\n\n\\2-grams:\n-0.2\t<s> b\n-0.7\ta b\n-1.5\ta a\n-0.4\t<space> a\n\n\\end\\\n",
      "test");
}

std::string text_of(const Labels& labels) {
  std::string out;
  for (const std::int64_t label : labels) out += vocabulary().text(label);
  return out;
}

int occurrences(const std::string& text, const std::string& phrase) {
  int count = 0;
  for (std::size_t at = text.find(phrase); at != std::string::npos; at = text.find(phrase, at + 1)) ++count;
  return count;
}

struct Case {
  LogProbs utterance;
  BeamOptions options;
  std::vector<std::pair<std::string, double>> phrases;
};

double true_score(const Labels& labels, double log_prob, const Case& c) {
  const std::string text = text_of(labels);
  double score = log_prob + c.options.length_bonus * static_cast<double>(labels.size());
  if (c.options.model != nullptr) {
    score += c.options.lm_weight * c.options.model->text_score(nko::decode_utf8(text, "test"));
  }
  for (const auto& [phrase, boost] : c.phrases) score += boost * occurrences(" " + text + " ", " " + phrase + " ");
  return score;
}

void expect_exact(Case c) {
  std::vector<Hotword> phrases;
  for (const auto& [phrase, boost] : c.phrases) phrases.push_back({vocabulary().encode(phrase, "test"), boost});
  const Hotwords hotwords(phrases, vocabulary());
  c.options.hotwords = &hotwords;
  c.options.width = c.options.top = 100'000;
  c.options.min_log_prob = -std::numeric_limits<double>::infinity();
  const auto truth = test::enumerate(c.utterance.view(), kBlank);
  const auto found = beam_search(c.utterance.view(), vocabulary(), c.options);
  ASSERT_EQ(found.size(), truth.size());
  double best = -std::numeric_limits<double>::infinity();
  for (const auto& [labels, text] : truth) best = std::max(best, true_score(labels, std::log(text.probability), c));
  EXPECT_NEAR(found.front().score, best, 1e-6);
  for (const BeamText& text : found) {
    const double log_prob = std::log(truth.at(text.labels).probability);
    ASSERT_NEAR(text.log_prob, log_prob, 1e-9) << text_of(text.labels);
    ASSERT_NEAR(text.score, true_score(text.labels, log_prob, c), 1e-6) << text_of(text.labels);
  }
}

TEST(Fusion, WideEnoughItIsExactWithALanguageModel) {
  const lm::NgramModel language = model();
  for (std::uint32_t seed = 0; seed < 12; ++seed) {
    Case c{test::random_log_probs(1 + seed % 6, 4, 900 + seed), {}, {}};
    c.options.model = &language;
    c.options.lm_weight = 0.25 * seed;
    c.options.length_bonus = 0.3 * seed - 1.0;
    expect_exact(c);
  }
}

TEST(Fusion, WideEnoughItIsExactWithHotwords) {
  const lm::NgramModel language = model();
  for (std::uint32_t seed = 0; seed < 12; ++seed) {
    Case c{test::random_log_probs(1 + seed % 6, 4, 300 + seed), {}, {}};
    c.phrases = {{"a", 0.5}, {"ab", 3.0}, {"a b", 2.0}, {"b a", 1.5}, {"ba", 0.25}, {"aba", 4.0}};
    if (seed % 2 == 1) c.options.model = &language;
    expect_exact(c);
  }
}

TEST(Fusion, HotwordsPayAsTheyGrowAndTakeBackWhatBreaks) {
  const std::vector<Hotword> phrases{{{kA, kB, kA}, 4.0}};
  const Hotwords hotwords(phrases, vocabulary());
  Hotwords::State state = hotwords.start();
  EXPECT_DOUBLE_EQ(hotwords.advance(state, kA), 1.0);
  EXPECT_DOUBLE_EQ(hotwords.advance(state, kB), 1.0);
  Hotwords::State broken = state;
  EXPECT_DOUBLE_EQ(hotwords.advance(broken, kB), -2.0);
  EXPECT_DOUBLE_EQ(hotwords.advance(broken, kA), 0.0) << "in the middle of a word";
  EXPECT_DOUBLE_EQ(hotwords.finish(state), -2.0) << "a part is not the phrase";
  EXPECT_DOUBLE_EQ(hotwords.advance(state, kA), 1.0);
  EXPECT_DOUBLE_EQ(hotwords.finish(state), 1.0) << "the end of the text is the end of the word";
  EXPECT_DOUBLE_EQ(hotwords.advance(state, kSpace), 1.0);
  EXPECT_DOUBLE_EQ(hotwords.finish(state), 0.0) << "paid already";
}

// Narrow beams, too, must find what a hotword or a model makes likelier than the best sound.
TEST(Fusion, ChangesWhatIsFound) {
  const LogProbs utterance = test::from_probabilities({{0.55, 0.4, 0.01, 0.04}, {0.04, 0.04, 0.02, 0.9}});
  BeamOptions options;
  EXPECT_EQ(text_of(beam_search(utterance.view(), vocabulary(), options)[0].labels), "a");
  const std::vector<Hotword> phrases{{{kB}, 2.0}};
  const Hotwords hotwords(phrases, vocabulary());
  options.hotwords = &hotwords;
  EXPECT_EQ(text_of(beam_search(utterance.view(), vocabulary(), options)[0].labels), "b");
  const lm::NgramModel language = model();
  options.hotwords = nullptr;
  options.model = &language;
  options.lm_weight = 1.0;
  EXPECT_EQ(text_of(beam_search(utterance.view(), vocabulary(), options)[0].labels), "b") << "<s> b is likely";
}

TEST(Fusion, RefusesWhatCannotBe) {
  const auto make = [](std::vector<Hotword> phrases) { return Hotwords(phrases, vocabulary()); };
  EXPECT_TRUE(make({}).empty());
  EXPECT_TRUE(test::is_bad_data("hotword 1: expected at least one symbol", [&] { make({{{}, 1.0}}); }));
  EXPECT_TRUE(test::is_bad_data("hotword 2: expected a phrase that is not there", [&] {
    make({{{kA}, 1.0}, {{kA}, 2.0}});
  }));
  EXPECT_TRUE(test::is_bad_data("no space at its ends", [&] { make({{{kA, kSpace}, 1.0}}); }));
  EXPECT_TRUE(test::is_bad_data("classes that are written", [&] { make({{{kBlank}, 1.0}}); }));
  EXPECT_TRUE(test::is_bad_data("classes that are written", [&] { make({{{4}, 1.0}}); }));
  for (const double boost : {0.0, -1.0, std::nan(""), std::numeric_limits<double>::infinity()}) {
    EXPECT_TRUE(test::is_bad_data("a boost above 0", [&] { make({{{kA}, boost}}); }));
  }
  EXPECT_TRUE(test::is_bad_data("at most 100000 symbols", [&] {
    make({{Labels(Hotwords::kMaxLabels + 1, kA), 1.0}});
  }));
  BeamOptions options;
  options.lm_weight = -1.0;
  const LogProbs utterance = test::random_log_probs(2, 4, 1);
  EXPECT_TRUE(test::fails_with(ErrorCategory::usage, "weight of the language model",
                               [&] { (void)beam_search(utterance.view(), vocabulary(), options); }));
}

}  // namespace
}  // namespace seben::ctc
