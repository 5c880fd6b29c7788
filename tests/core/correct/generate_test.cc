// SPDX-License-Identifier: Apache-2.0
#include "correct/generate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <tuple>

#include "text/nko/utf8.h"

namespace seben::correction {
namespace {

using Labels = std::vector<std::int64_t>;

std::string text_of(const Labels& labels, const nko::Vocabulary& vocabulary) {
  std::string out;
  for (const std::int64_t label : labels) out += vocabulary.text(label);
  return out;
}

// Random confusions over writable classes, contexts among them.
ConfusionMaps random_maps(std::mt19937& random, const nko::Vocabulary& vocabulary, std::size_t count) {
  std::vector<std::string> texts;
  for (std::size_t c = 0; c < vocabulary.size(); ++c) {
    const auto label = static_cast<std::int64_t>(c);
    const bool masked = std::ranges::find(vocabulary.masked(), label) != vocabulary.masked().end();
    if (label != vocabulary.blank() && !masked) texts.push_back(vocabulary.text(label));
  }
  const auto any = [&] { return texts[random() % texts.size()]; };
  std::set<std::tuple<EditKind, std::string, std::string>> changes;
  while (changes.size() < count) {
    switch (random() % 3) {
      case 0: changes.emplace(EditKind::deletion, any(), ""); break;
      case 1: changes.emplace(EditKind::insertion, "", any()); break;
      default:
        if (const auto from = any(), to = any(); from != to) changes.emplace(EditKind::substitution, from, to);
    }
  }
  ConfusionMaps out;
  for (const auto& [kind, from, to] : changes) {
    const auto seen = static_cast<std::int64_t>(1 + random() % 5);
    out.confusions.push_back({kind, from, to, seen, 5, {{"", any(), 1, 2}}});
  }
  return out;
}

// A normalised text of letters, spaces and marks.
Labels random_text(std::mt19937& random, const nko::Vocabulary& vocabulary, std::size_t longest) {
  std::string text;
  for (std::size_t i = random() % (longest + 1); i > 0; --i) {
    const auto choice = random() % 10;
    if (choice < 5) text += nko::encode_utf8(static_cast<char32_t>(0x07CA + random() % 7));
    if (choice >= 5 && choice < 8) text += nko::encode_utf8(static_cast<char32_t>(0x07EB + random() % 9));
    if (choice >= 8) text += ' ';
  }
  return vocabulary.encode(nko::normalise(text, "test"), "test");
}

TEST(Generate, HoldsItsPromisesForRandomTextsAndMaps) {
  const nko::Vocabulary vocabulary = nko::Vocabulary::nko_blank_last();
  const Neighbours neighbours(vocabulary);
  std::mt19937 random(1);
  GenerateMemory memory;
  std::size_t proposed = 0;
  for (int round = 0; round < 300; ++round) {
    const ConfusionTable table(random_maps(random, vocabulary, 5 + random() % 400), vocabulary);
    const Labels labels = random_text(random, vocabulary, 25);
    const std::string text = text_of(labels, vocabulary);
    const GenerateLimits limits{static_cast<std::int64_t>(1 + random() % 150)};
    std::vector<Candidate> found, again;
    generate(labels, table, neighbours, limits, memory, found);
    ASSERT_FALSE(found.empty());
    EXPECT_EQ(found[0], Candidate{});
    EXPECT_LE(found.size(), static_cast<std::size_t>(limits.max_candidates) + 1);
    std::set<std::string> texts{text};
    for (std::size_t i = 1; i < found.size(); ++i) {
      const Labels edited = ctc::apply(labels, found[i].edit);
      const std::string changed = text_of(edited, vocabulary);
      EXPECT_FALSE(changed.empty());
      EXPECT_EQ(nko::normalise(changed, "test"), changed);
      EXPECT_TRUE(texts.insert(changed).second) << "twice";
      EXPECT_EQ(vocabulary.encode(changed, "test"), edited);  // no blank, no masked class
      EXPECT_TRUE(found[i].prior > 0.0 && found[i].prior <= 1.0);
      EXPECT_GE(found[i].support, 1);
      if (i > 1) {
        const auto order = [](const Candidate& c) {
          return std::tuple(-c.prior, c.edit.position, kind_of(c.edit), c.edit.inserted);
        };
        EXPECT_LT(order(found[i - 1]), order(found[i]));
      }
    }
    proposed += found.size() - 1;
    GenerateMemory fresh;
    generate(labels, table, neighbours, limits, fresh, again);
    EXPECT_EQ(again, found);
  }
  EXPECT_GT(proposed, 5000U);
}

TEST(Generate, TheLimitKeepsTheBest) {
  const nko::Vocabulary vocabulary = nko::Vocabulary::nko_blank_last();
  const Neighbours neighbours(vocabulary);
  std::mt19937 random(2);
  GenerateMemory memory;
  const ConfusionTable table(random_maps(random, vocabulary, 300), vocabulary);
  const Labels labels = random_text(random, vocabulary, 40);
  std::vector<Candidate> all, few;
  generate(labels, table, neighbours, {10'000}, memory, all);
  ASSERT_GT(all.size(), 50U);
  generate(labels, table, neighbours, {20}, memory, few);
  ASSERT_EQ(few.size(), 21U);
  EXPECT_TRUE(std::equal(few.begin(), few.end(), all.begin()));
}

// a, e, ba, space, nasal mark, high tone, blank.
class GenerateSmall : public ::testing::Test {
 protected:
  static constexpr std::int64_t kA = 0, kE = 1, kBa = 2, kSpace = 3, kNasal = 4, kHigh = 5;
  std::vector<ctc::LabelEdit> edits(const Labels& labels, std::vector<Confusion> confusions) {
    const ConfusionTable table({std::move(confusions)}, vocabulary);
    GenerateMemory memory;
    std::vector<Candidate> found;
    generate(labels, table, Neighbours(vocabulary), {}, memory, found);
    std::vector<ctc::LabelEdit> out;
    for (std::size_t i = 1; i < found.size(); ++i) out.push_back(found[i].edit);
    return out;
  }
  static Confusion insertion(const char* what) { return {EditKind::insertion, "", what, 1, 10, {}}; }
  static Confusion deletion(const char* what) { return {EditKind::deletion, what, "", 1, 10, {}}; }
  nko::Vocabulary vocabulary{{"\u07ca", "\u07cb", "\u07d3", " ", "\u07f2", "\u07eb", "_"}, 6, {}, "test"};
};

TEST_F(GenerateSmall, EveryPlaceOfAConfusionIsProposed) {
  const auto found = edits({kBa, kA, kBa, kA}, {{EditKind::substitution, "\u07ca", "\u07cb", 1, 10, {}}});
  EXPECT_EQ(found, (std::vector<ctc::LabelEdit>{{1, 1, kE}, {3, 1, kE}}));
}

TEST_F(GenerateSmall, ContextDecidesTheOrder) {
  const auto found =
      edits({kBa, kA, kBa, kA}, {{EditKind::substitution, "\u07ca", "\u07cb", 1, 10, {{"\u07d3", "", 5, 5}}}});
  EXPECT_EQ(found, (std::vector<ctc::LabelEdit>{{3, 1, kE}, {1, 1, kE}}));
}

TEST_F(GenerateSmall, ARunHasOnePlace) {
  EXPECT_EQ(edits({kBa, kA, kA, kA}, {insertion("\u07ca")}), (std::vector<ctc::LabelEdit>{{0, 0, kA}, {1, 0, kA}}));
  EXPECT_EQ(edits({kBa, kA, kA, kA}, {deletion("\u07ca")}), (std::vector<ctc::LabelEdit>{{1, 1, -1}}));
}

TEST_F(GenerateSmall, TheOnlySymbolStaysAndAnEmptyTextMayGrow) {
  EXPECT_TRUE(edits({kA}, {deletion("\u07ca")}).empty());
  EXPECT_EQ(edits({}, {insertion("\u07ca")}), (std::vector<ctc::LabelEdit>{{0, 0, kA}}));
  EXPECT_TRUE(edits({}, {insertion(" ")}).empty());
}

TEST_F(GenerateSmall, SpacesStaySingleAndInside) {
  EXPECT_EQ(edits({kBa, kA, kSpace, kA}, {insertion(" ")}), (std::vector<ctc::LabelEdit>{{1, 0, kSpace}}));
  // What stands between two spaces, or between one and the end, does not go.
  EXPECT_EQ(edits({kBa, kA, kSpace, kA}, {deletion("\u07ca")}), (std::vector<ctc::LabelEdit>{{1, 1, -1}}));
  EXPECT_TRUE(edits({kA, kBa, kA}, {{EditKind::substitution, "\u07ca", " ", 1, 10, {}}}).empty());
}

TEST_F(GenerateSmall, MarksKeepTheirCanonicalOrder) {
  // The nasal mark goes before the tone mark.
  EXPECT_EQ(edits({kA, kHigh}, {insertion("\u07f2")}), (std::vector<ctc::LabelEdit>{{0, 0, kNasal}, {1, 0, kNasal}}));
  const Neighbours neighbours(vocabulary);
  EXPECT_TRUE(neighbours.allowed(kNasal, kHigh));
  EXPECT_FALSE(neighbours.allowed(kHigh, kNasal));
  EXPECT_FALSE(neighbours.allowed(-1, kSpace));
  EXPECT_FALSE(neighbours.allowed(kSpace, -1));
  EXPECT_FALSE(neighbours.allowed(kSpace, kSpace));
  EXPECT_TRUE(neighbours.allowed(-1, -1));
}

}  // namespace
}  // namespace seben::correction
