// SPDX-License-Identifier: Apache-2.0
// The likeliest texts and the posteriors of words, against sums over every text.
#include "engine/n_best.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "engine/decoding.h"
#include "support/errors.h"

namespace seben::pipeline {
namespace {

// Classes a, b, space, blank.
const nko::Vocabulary& letters() {
  static const nko::Vocabulary vocabulary({"\u07CA", "\u07CC", " ", "-"}, 3, {}, "t");
  return vocabulary;
}

ctc::BeamText text_of(const std::string& letters_and_spaces, double probability) {
  ctc::BeamText out;
  for (const char c : letters_and_spaces) out.labels.push_back(c == 'a' ? 0 : c == 'b' ? 1 : 2);
  out.log_prob = out.score = std::log(probability);
  return out;
}

std::vector<ctc::Symbol> symbols_of(const ctc::BeamText& text) {
  std::vector<ctc::Symbol> out;
  for (std::size_t i = 0; i < text.labels.size(); ++i) {
    const auto at = static_cast<std::int64_t>(i);
    out.push_back({text.labels[i], at, at, 0.0F, 1.0F});
  }
  return out;
}

TEST(NBest, SharesAndTextsThatAreOne) {
  const std::vector<ctc::BeamText> texts{text_of("a b", 0.4), text_of("a a", 0.2), text_of("a  b ", 0.1),
                                         text_of("", 0.1)};
  const auto all = likeliest(texts, letters(), 10);
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].text, "\u07CA \u07CC");
  EXPECT_NEAR(all[0].probability, 0.5 / 0.8, 1e-9);
  EXPECT_NEAR(all[0].log_prob, std::log(0.5), 1e-9);
  EXPECT_NEAR(all[1].probability, 0.25, 1e-9);
  EXPECT_EQ(all[2].text, "");
  EXPECT_EQ(likeliest(texts, letters(), 2).size(), 2U);
}

TEST(NBest, PosteriorsOfWords) {
  const std::vector<ctc::BeamText> texts{text_of("a b ab", 0.5), text_of("b ab", 0.2), text_of("a b b ab", 0.2),
                                         text_of("bb", 0.1)};
  auto symbols = symbols_of(texts.front());
  set_posteriors(symbols, texts, letters());
  EXPECT_NEAR(symbols[0].posterior, 0.7, 1e-6);  // a: not in the second and the last
  EXPECT_LT(symbols[1].posterior, 0.0F);         // a space is no word
  EXPECT_NEAR(symbols[2].posterior, 0.9, 1e-6);
  EXPECT_NEAR(symbols[3 + 1].posterior, 0.9, 1e-6);
  EXPECT_EQ(symbols[4].posterior, symbols[5].posterior);
}

// Two frames of three classes have 13 texts: with all of them in the beam the shares are the probabilities.
TEST(NBest, WithAWideBeamSharesAreProbabilities) {
  CtcOptions options;
  options.search = "beam";
  options.beam_width = 1000;
  options.n_best = 1000;
  const Decoding decoding(options, letters());
  const std::vector<double> rows{0.4, 0.3, 0.1, 0.2, 0.25, 0.35, 0.1, 0.3};
  std::vector<float> logs;
  for (const double p : rows) logs.push_back(static_cast<float>(std::log(p)));
  const auto read = decoding.read({logs.data(), 2, 4});
  double sum = 0.0;
  for (const Alternative& text : read.texts) {
    EXPECT_NEAR(text.probability, std::exp(text.log_prob), 1e-6) << text.text;
    sum += text.probability;
  }
  EXPECT_NEAR(sum, 1.0, 1e-6);
  // "a" is written by a-, -a, aa and, of one word as well, with spaces around it.
  const auto only_a = std::ranges::find(read.texts, "\u07CA", &Alternative::text);
  ASSERT_NE(only_a, read.texts.end());
  EXPECT_NEAR(only_a->probability, 0.4 * 0.3 + 0.2 * 0.25 + 0.4 * 0.25 + 0.4 * 0.1 + 0.1 * 0.25, 1e-6);
}

TEST(NBest, NeedsABeamThatHoldsThem) {
  CtcOptions options;
  options.n_best = 5;
  EXPECT_TRUE(test::fails_with(ErrorCategory::usage, "n best", [&] { const Decoding d(options, letters()); }));
  options.search = "beam";
  options.beam_width = 4;
  EXPECT_TRUE(test::fails_with(ErrorCategory::usage, "1..4", [&] { const Decoding d(options, letters()); }));
  options.n_best = 0;
  EXPECT_TRUE(test::fails_with(ErrorCategory::usage, "1..4", [&] { const Decoding d(options, letters()); }));
}

}  // namespace
}  // namespace seben::pipeline
