// SPDX-License-Identifier: Apache-2.0
#include "engine/decoding.h"

#include <gtest/gtest.h>

#include "fit/kneser_ney.h"
#include "support/errors.h"
#include "support/random_log_probs.h"
#include "support/tiny_bundle.h"

namespace seben::pipeline {
namespace {

// The classes of the public heads; labels 10 and 14 are the vowels U+07CA and U+07CE.
const nko::Vocabulary& vocabulary() {
  static const nko::Vocabulary made = nko::Vocabulary::nko_blank_last();
  return made;
}

// One frame a row: `sure` has 0.5, `other` 0.4, the rest share what remains.
ctc::LogProbs frames(const std::vector<std::pair<std::size_t, std::size_t>>& rows) {
  std::vector<std::vector<double>> out;
  for (const auto& [sure, other] : rows) {
    std::vector<double> row(66, 0.1 / 64);
    row[sure] = 0.5;
    row[other] = 0.4;
    out.push_back(row);
  }
  return test::from_probabilities(out);
}

std::vector<std::int64_t> labels(const Reading& reading) {
  std::vector<std::int64_t> out;
  for (const ctc::Symbol& s : reading.symbols) out.push_back(s.label);
  return out;
}

CtcOptions beam() {
  CtcOptions out;
  out.search = "beam";
  return out;
}

TEST(Decoding, GreedyAndBeamGiveSymbolsOnTheirFrames) {
  const auto utterance = frames({{10, 65}, {65, 10}, {14, 65}});
  const Reading greedy = Decoding({}, vocabulary()).read(utterance.view());
  EXPECT_EQ(greedy.symbols, ctc::greedy(utterance.view(), 65).symbols);
  const Reading found = Decoding(beam(), vocabulary()).read(utterance.view());
  EXPECT_EQ(labels(found), (std::vector<std::int64_t>{10, 14}));
  EXPECT_EQ(found.symbols.at(1).first_frame, 2);
  EXPECT_GT(found.symbols.at(1).confidence, 0.4F);
}

TEST(Decoding, ModelAndHotwordsChangeWhatIsRead) {
  const test::TempDir dir;
  const auto utterance = frames({{10, 14}, {65, 10}});
  EXPECT_EQ(labels(Decoding(beam(), vocabulary()).read(utterance.view())), std::vector<std::int64_t>{10});

  CtcOptions options = beam();
  options.hotwords = dir / "hotwords.txt";
  test::write_file(options.hotwords, "# names\n\n\u07CE\t2.5\r\n");
  EXPECT_EQ(labels(Decoding(options, vocabulary()).read(utterance.view())), std::vector<std::int64_t>{14});

  options = beam();
  options.language_model = dir / "model.arpa";
  test::write_file(options.language_model, lm::train({U"\u07CE", U"\u07CE", U"\u07CE\u07CA"}, {2, 1}).model.to_arpa());
  options.lm_weight = 1.0;
  EXPECT_EQ(labels(Decoding(options, vocabulary()).read(utterance.view())), std::vector<std::int64_t>{14});
}

// Three consonants (labels 19 to 21) end in the middle of an onset; a beam of one holds nothing else at the end.
TEST(Decoding, AWindowWithoutPossibleTextIsReadAllTheSame) {
  const auto utterance = frames({{19, 65}, {20, 65}, {21, 65}});
  CtcOptions options = beam();
  options.syllables = "forbid";
  options.beam_width = 1;
  const Reading reading = Decoding(options, vocabulary()).read(utterance.view());
  EXPECT_FALSE(reading.possible);
  EXPECT_EQ(labels(reading), (std::vector<std::int64_t>{19, 20, 21}));
  options.syllables = "penalty";
  EXPECT_TRUE(Decoding(options, vocabulary()).read(utterance.view()).possible);
}

TEST(Decoding, RefusesOptionsThatDoNotGoTogether) {
  const auto refused = [](const char* text, const CtcOptions& options) {
    return test::fails_with(ErrorCategory::usage, text, [&] { (void)Decoding(options, vocabulary()); });
  };
  CtcOptions o;
  o.search = "best";
  EXPECT_TRUE(refused("search: expected greedy or beam, found best", o));
  o = {};
  o.language_model = "model.arpa";
  EXPECT_TRUE(refused("language model: expected the beam search", o));
  o = {};
  o.hotwords = "words.txt";
  EXPECT_TRUE(refused("hotwords: expected the beam search", o));
  o = {};
  o.beam_width = 16;
  EXPECT_TRUE(refused("beam width: expected the beam search", o));
  o = {};
  o.syllables = "forbid";
  EXPECT_TRUE(refused("syllables: expected the beam search", o));
  o = beam();
  o.lm_weight = 0.5;
  EXPECT_TRUE(refused("weight of the language model: expected a language model", o));
  o = beam();
  o.hotword_boost = 0.5;
  EXPECT_TRUE(refused("hotword boost: expected hotwords", o));
  o = beam();
  o.syllables = "maybe";
  EXPECT_TRUE(refused("syllables: expected off, penalty or forbid, found maybe", o));
  for (const std::int64_t width : {0, -1, 10'001}) {
    o = beam();
    o.beam_width = width;
    EXPECT_TRUE(refused("beam width: expected 1..10000", o));
  }
  o = beam();
  o.language_model = "nowhere.arpa";
  EXPECT_TRUE(test::fails_with(ErrorCategory::no_input, "nowhere.arpa", [&] { (void)Decoding(o, vocabulary()); }));
}

TEST(Decoding, HotwordFilesNameTheLineThatIsWrong) {
  const test::TempDir dir;
  const auto refused = [&](const std::string& text, const std::string& error) {
    test::write_file(dir / "words.txt", text);
    return test::is_bad_data(error, [&] { (void)read_hotwords(dir / "words.txt", 5.0, vocabulary()); });
  };
  EXPECT_TRUE(refused("", "words.txt: expected at least one phrase"));
  EXPECT_TRUE(refused("\u07CA\nabc\n", "words.txt: line 2: expected at least one symbol"));
  EXPECT_TRUE(refused("\u07CA\tmany\n", "words.txt: line 1: expected a number after the tab"));
  EXPECT_TRUE(refused("\u07CA\t-1\n", "words.txt: line 1: expected a boost above 0"));
  EXPECT_TRUE(refused("\u07CA\tnan\n", "words.txt: line 1: expected a boost above 0"));
  EXPECT_TRUE(refused("\u07CA\n\xFF\n", "words.txt: line 2"));
  test::write_file(dir / "words.txt", "\u07CA\u07CB \u07CA\n\u07CA\t2\n");
  const auto words = read_hotwords(dir / "words.txt", 5.0, vocabulary());
  ASSERT_EQ(words.size(), 2U);
  EXPECT_EQ(words[0].labels, (std::vector<std::int64_t>{10, 11, 64, 10}));
  EXPECT_EQ(words[0].boost, 5.0);
  EXPECT_EQ(words[1].boost, 2.0);
}

}  // namespace
}  // namespace seben::pipeline
