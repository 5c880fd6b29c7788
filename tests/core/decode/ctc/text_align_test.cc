// SPDX-License-Identifier: Apache-2.0
#include "decode/ctc/text_align.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "decode/ctc/greedy.h"
#include "support/errors.h"

namespace seben::ctc {
namespace {

constexpr std::int64_t kTestBlank = 0, kTestSpace = 1;
constexpr double kNone = -std::numeric_limits<double>::infinity();

LogProbs random_frames(std::int64_t frames, std::int64_t classes, std::uint32_t seed, double sharp = 2.0) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal(0.0, sharp);
  LogProbs out{{}, frames, classes};
  for (std::int64_t t = 0; t < frames; ++t) {
    std::vector<double> row(static_cast<std::size_t>(classes));
    double sum = 0.0;
    for (double& x : row) sum += std::exp(x = normal(random));
    for (const double x : row) out.values.push_back(static_cast<float>(x - std::log(sum)));
  }
  return out;
}

// Every path, by recursion, as the header describes them; nothing is shared with the search.
class AllPaths {
 public:
  AllPaths(const LogProbs& frames, const std::vector<Labels>& words, const TextAlignOptions& options)
      : view_(frames.view()), words_(words), o_(options) {}
  [[nodiscard]] double best() const { return between(0, 0, false, false, true); }

 private:
  [[nodiscard]] double pause(std::int64_t t) const {
    return std::max<double>(view_.at(t, kTestBlank), view_.at(t, kTestSpace));
  }
  [[nodiscard]] double other(std::int64_t t) const {
    double letter = kNone;
    for (std::int64_t c = 2; c < view_.classes; ++c) letter = std::max<double>(letter, view_.at(t, c));
    return std::max(pause(t), letter - o_.other_symbol);
  }
  // Before word w, t frames read. `speaks`: the last frame was other speech. `skipping`: words were just left out.
  // `may_skip`: a pause, other speech or the beginning came last.
  [[nodiscard]] double between(std::int64_t t, std::size_t w, bool speaks, bool skipping, bool may_skip) const {
    double best = kNone;
    if (t == view_.frames && w == words_.size()) best = 0.0;
    if (t < view_.frames) {
      best = std::max(best, pause(t) + between(t + 1, w, false, false, true));
      const double open = speaks && !skipping ? 0.0 : o_.other_open;
      best = std::max(best, other(t) - open + between(t + 1, w, true, false, true));
      if (w < words_.size()) best = std::max(best, letter(t, w, 0));
    }
    if (w < words_.size() && (may_skip || skipping)) {
      best = std::max(best, -o_.skip_word - (skipping ? 0.0 : o_.skip_open) + between(t, w + 1, speaks, true, false));
    }
    return best;
  }
  // Frame t begins or goes on with letter i of word w.
  [[nodiscard]] double letter(std::int64_t t, std::size_t w, std::size_t i) const {
    if (t == view_.frames) return kNone;
    const double here = view_.at(t, words_[w][i]);
    double best = letter(t + 1, w, i);  // held
    if (i + 1 < words_[w].size()) {
      if (words_[w][i + 1] != words_[w][i]) best = std::max(best, letter(t + 1, w, i + 1));
      double blanks = 0.0;
      for (std::int64_t b = t + 1; b + 1 < view_.frames; ++b) {
        blanks += view_.at(b, kTestBlank);
        best = std::max(best, blanks + letter(b + 1, w, i + 1));
      }
    } else {
      best = std::max(best, ended(t + 1, w));
    }
    return here + best;
  }
  [[nodiscard]] double ended(std::int64_t t, std::size_t w) const {
    double best = t == view_.frames && w + 1 == words_.size() ? 0.0 : kNone;
    if (t == view_.frames) return best;
    best = std::max(best, pause(t) + between(t + 1, w + 1, false, false, true));
    best = std::max(best, other(t) - o_.other_open + between(t + 1, w + 1, true, false, true));
    if (w + 1 < words_.size() && words_[w + 1].front() != words_[w].back()) best = std::max(best, letter(t, w + 1, 0));
    return best;
  }

  LogProbsView view_;
  const std::vector<Labels>& words_;
  const TextAlignOptions& o_;
};

// What the result's own frames and gaps cost: the score of the path that it tells.
TEST(TextAlign, EqualsTheBestOfAllPaths) {
  const std::vector<std::vector<Labels>> texts{
      {}, {{2}}, {{2, 2}}, {{2}, {2}}, {{2, 3}, {3}}, {{3}, {2}, {3}}, {{2, 3, 2}, {4}}, {{4}, {4}, {2}, {3}}};
  TextAlignOptions options;
  options.reach = 0;
  for (const double costs : {0.3, 1.0, 3.0}) {
    options.skip_open = 2.0 * costs, options.skip_word = 0.5 * costs;
    options.other_open = costs, options.other_symbol = 0.4 * costs;
    std::uint32_t seed = 1;
    for (const auto& words : texts) {
      for (std::int64_t frames = 1; frames <= 6; ++frames) {
        const LogProbs heard = random_frames(frames, 5, ++seed);
        const auto found = align_text(heard.view(), words, kTestBlank, kTestSpace, options);
        EXPECT_NEAR(found.score, AllPaths(heard, words, options).best(), 1e-4) << frames << " " << words.size();
      }
    }
  }
}

std::vector<Labels> words_of(const std::vector<Symbol>& symbols) {
  std::vector<Labels> out(1);
  for (const Symbol& s : symbols) {
    if (s.label == kTestSpace) {
      out.emplace_back();
    } else {
      out.back().push_back(s.label);
    }
  }
  std::erase_if(out, [](const Labels& word) { return word.empty(); });
  return out;
}

// Frames of invented speech: each symbol for one to three frames, blanks between, the class at 90 %.
LogProbs say(const std::vector<Labels>& words, std::uint32_t seed, std::int64_t classes = 12) {
  std::mt19937 random(seed);
  std::vector<std::int64_t> best{kTestBlank};
  for (const Labels& word : words) {
    for (const std::int64_t label : word) {
      best.insert(best.end(), 1 + random() % 2, label);
      best.insert(best.end(), 1 + random() % 3, kTestBlank);
    }
    best.push_back(kTestSpace);
    best.insert(best.end(), random() % 4, kTestBlank);
  }
  LogProbs out{{}, static_cast<std::int64_t>(best.size()), classes};
  for (const std::int64_t label : best) {
    for (std::int64_t c = 0; c < classes; ++c) {
      out.values.push_back(std::log(c == label ? 0.9F : 0.1F / static_cast<float>(classes - 1)));
    }
  }
  return out;
}

std::vector<Labels> invent(std::size_t count, std::uint32_t seed, std::int64_t classes = 12) {
  std::mt19937 random(seed);
  std::vector<Labels> out(count);
  for (Labels& word : out) {
    for (std::size_t i = 0, size = 2 + random() % 5; i < size; ++i) {
      word.push_back(2 + static_cast<std::int64_t>(random() % static_cast<std::uint32_t>(classes - 2)));
    }
  }
  return out;
}

TEST(TextAlign, TheDecodedTextHasTheTimesOfDecoding) {
  for (std::uint32_t seed = 1; seed <= 20; ++seed) {
    const LogProbs heard = seed % 2 == 0 ? random_frames(60, 8, seed, 3.0) : say(invent(30, seed), seed);
    const Hypothesis read = greedy(heard.view(), kTestBlank);
    const auto found = align_text(heard.view(), words_of(read.symbols), kTestBlank, kTestSpace);
    std::vector<Symbol> letters, aligned;
    std::ranges::copy_if(read.symbols, std::back_inserter(letters),
                         [](const Symbol& s) { return s.label != kTestSpace; });
    for (const auto& word : found.words) aligned.insert(aligned.end(), word.symbols.begin(), word.symbols.end());
    ASSERT_EQ(aligned.size(), letters.size()) << seed;
    for (std::size_t i = 0; i < letters.size(); ++i) {
      EXPECT_EQ(aligned[i].label, letters[i].label);
      EXPECT_EQ(aligned[i].first_frame, letters[i].first_frame);
      EXPECT_EQ(aligned[i].last_frame, letters[i].last_frame);
      EXPECT_NEAR(aligned[i].log_prob, letters[i].log_prob, 1e-4);
      EXPECT_NEAR(aligned[i].confidence, letters[i].confidence, 1e-4);
    }
    EXPECT_TRUE(found.others.empty());
    EXPECT_NEAR(found.score, read.log_prob, 1e-3);
  }
}

TEST(TextAlign, WordsLeftOutAndSpeechThatIsNotInTheText) {
  const auto spoken = invent(200, 5);
  const LogProbs heard = say(spoken, 6);
  // The text has 30 words that nobody said before word 50, and lacks words 100 to 119.
  std::vector<Labels> text(spoken.begin(), spoken.begin() + 50);
  const auto more = invent(30, 77);
  text.insert(text.end(), more.begin(), more.end());
  text.insert(text.end(), spoken.begin() + 50, spoken.begin() + 100);
  text.insert(text.end(), spoken.begin() + 120, spoken.end());
  const auto found = align_text(heard.view(), text, kTestBlank, kTestSpace);
  const auto plain = align_text(heard.view(), spoken, kTestBlank, kTestSpace);
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool said = i < 50 || i >= 80;
    wrong += found.words[i].symbols.empty() == said ? 1U : 0U;
    if (!said || found.words[i].symbols.empty()) continue;
    const std::size_t at = i < 50 ? i : i < 130 ? i - 30 : i - 10;
    wrong += found.words[i].symbols != plain.words[at].symbols ? 1U : 0U;
  }
  EXPECT_LE(wrong, 2U);
  ASSERT_EQ(found.others.size(), 1U);
  EXPECT_NEAR(static_cast<double>(found.others[0].first_frame),
              static_cast<double>(plain.words[100].symbols.front().first_frame), 6.0);
  EXPECT_NEAR(static_cast<double>(found.others[0].last_frame),
              static_cast<double>(plain.words[119].symbols.back().last_frame), 6.0);
}

TEST(TextAlign, TimesAreOrderedWhateverTheText) {
  for (std::uint32_t seed = 1; seed <= 30; ++seed) {
    const LogProbs heard = random_frames(80, 12, seed);
    const auto text = invent(seed, seed + 100);
    const auto found = align_text(heard.view(), text, kTestBlank, kTestSpace);
    ASSERT_EQ(found.words.size(), text.size());
    std::int64_t last = -1;
    for (std::size_t w = 0; w < text.size(); ++w) {
      const auto& symbols = found.words[w].symbols;
      if (symbols.empty()) continue;
      ASSERT_EQ(symbols.size(), text[w].size());
      for (std::size_t i = 0; i < symbols.size(); ++i) {
        EXPECT_EQ(symbols[i].label, text[w][i]);
        EXPECT_GT(symbols[i].first_frame, last);
        EXPECT_GE(symbols[i].last_frame, symbols[i].first_frame);
        last = symbols[i].last_frame;
      }
    }
    EXPECT_LT(last, 80);
    for (const auto& other : found.others) EXPECT_LE(other.first_frame, other.last_frame);
  }
}

// What is given up on the way changes nothing where no more than `reach` words are left out.
TEST(TextAlign, GivingUpFarStatesFindsTheSamePath) {
  for (std::uint32_t seed = 1; seed <= 10; ++seed) {
    auto spoken = invent(120, seed);
    const LogProbs heard = say(spoken, seed + 50);
    spoken.erase(spoken.begin() + 20, spoken.begin() + 25);
    const auto more = invent(15, seed + 500);
    spoken.insert(spoken.begin() + 70, more.begin(), more.end());
    TextAlignOptions all;
    all.reach = 0;
    const auto narrow = align_text(heard.view(), spoken, kTestBlank, kTestSpace);
    const auto exact = align_text(heard.view(), spoken, kTestBlank, kTestSpace, all);
    EXPECT_NEAR(narrow.score, exact.score, 1e-6);
    for (std::size_t w = 0; w < spoken.size(); ++w) EXPECT_EQ(narrow.words[w].symbols, exact.words[w].symbols);
  }
}

// An hour of 12.5 frames a second, 9,000 words: memory and states grow with the frames, not with their product.
TEST(TextAlign, AnHourTakesStatesInProportion) {
  const auto minute = invent(300, 1), ten = invent(3000, 1);
  const auto short_one = align_text(say(minute, 2).view(), minute, kTestBlank, kTestSpace);
  const auto long_one = align_text(say(ten, 2).view(), ten, kTestBlank, kTestSpace);
  EXPECT_LT(long_one.states, 14 * short_one.states);
  for (const auto& word : long_one.words) EXPECT_FALSE(word.symbols.empty());
}

TEST(TextAlign, TextWithoutEndForLittleSound) {
  const LogProbs heard = random_frames(3, 12, 9);
  const auto found = align_text(heard.view(), invent(2000, 3), kTestBlank, kTestSpace);
  EXPECT_EQ(found.words.size(), 2000U);
  EXPECT_TRUE(found.words.back().symbols.empty());
  EXPECT_TRUE(std::isfinite(found.score));
}

TEST(TextAlign, RefusesWhatIsNoWord) {
  const LogProbs heard = random_frames(4, 5, 1);
  const auto refuses = [&](std::vector<Labels> words, const char* text) {
    return test::is_bad_data(text, [&] { (void)align_text(heard.view(), words, kTestBlank, kTestSpace); });
  };
  EXPECT_TRUE(refuses({{2}, {}}, "word 2: expected letters"));
  EXPECT_TRUE(refuses({{2, kTestSpace}}, "a space"));
  EXPECT_TRUE(refuses({{5}}, ""));
  EXPECT_TRUE(refuses({{kTestBlank}}, ""));
  EXPECT_TRUE(test::is_bad_data("one frame", [] { (void)align_text({}, {}, kTestBlank, kTestSpace); }));
}

}  // namespace
}  // namespace seben::ctc
