// SPDX-License-Identifier: Apache-2.0
// Training a language model and reading with it.
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "program.h"
#include "support/tiny_bundle.h"
#include "text/lm/ngram.h"

namespace seben {
namespace {

using test::run;

TEST(RankLm, TrainsAndMeasures) {
  const test::TempDir dir;
  test::write_file(dir / "text.txt", "\u07D3\u07CA\u07EB \u07D3\u07CA\n\n\u07D3\u07CE\n\u07D3\u07CB\n");
  test::write_file(dir / "exclude.txt", "\u07D3\u07CB\n");
  const std::string text = "'" + (dir / "text.txt") + "'", output = " -o '" + (dir / "m.arpa") + "'";
  const auto r = run("rank lm " + text + output + " --order 3 --strip-tones --exclude '" + (dir / "exclude.txt") +
                     "' --held-out " + text);
  EXPECT_EQ(r.exit_code, 0) << r.err;
  EXPECT_NE(r.out.find("1 sentence left out"), std::string::npos) << r.out;
  EXPECT_NE(r.out.find("order 3: perplexity"), std::string::npos) << r.out;
  const auto model = lm::NgramModel::load(dir / "m.arpa");
  EXPECT_EQ(model.order(), 3);
  EXPECT_EQ(model.token(U'\u07EB'), lm::NgramModel::kUnknown) << "tones were to go";
  EXPECT_EQ(model.token(U'\u07CB'), lm::NgramModel::kUnknown) << "left out";
  for (const char* wrong : {" --order 9", " --min-count 0"}) {
    const auto refused = run("rank lm " + text + " -o '" + (dir / "none.arpa") + "'" + wrong);
    EXPECT_EQ(refused.exit_code, 64) << wrong;
    EXPECT_FALSE(std::filesystem::exists(dir / "none.arpa"));
  }
}

TEST(RankLm, MixesTextsAndFitsTheModelToASize) {
  const test::TempDir dir;
  std::string first, second;
  for (const char* a : {"\u07CA", "\u07CB", "\u07CE"}) {
    for (const char* b : {"\u07D3", "\u07DB", "\u07DF", "\u07E1"}) {
      first += std::string(b) + a + " " + b + "\u07CA\n";
      second += std::string(b) + "\u07D0" + b + a + "\n";
    }
  }
  test::write_file(dir / "first.txt", first);
  test::write_file(dir / "second.txt", second);
  test::write_file(dir / "held.txt", "\u07E1\u07D0\u07E1\u07CB\n\u07D3\u07CB \u07D3\u07CA\n");
  const std::string texts = "'" + (dir / "first.txt") + "' '" + (dir / "second.txt") + "'";
  const std::string held = "'" + (dir / "held.txt") + "'", output = " -o '" + (dir / "m.arpa") + "'";
  const auto r = run("rank lm " + texts + output + " --order 3 --mix " + held + " --held-out " + held);
  EXPECT_EQ(r.exit_code, 0) << r.err;
  for (const char* expected : {"weight 0.", "mixture", "the model written"}) {
    EXPECT_NE(r.out.find(expected), std::string::npos) << r.out;
  }
  const std::string whole = test::read_file(dir / "m.arpa");
  EXPECT_EQ(lm::NgramModel::load(dir / "m.arpa").order(), 3);
  const std::string half = std::to_string(whole.size() / 2);
  const auto small = run("rank lm " + texts + output + " --order 3 --mix " + held + " --max-bytes " + half);
  EXPECT_EQ(small.exit_code, 0) << small.err;
  EXPECT_LE(test::read_file(dir / "m.arpa").size(), whole.size() / 2);
  for (const std::string& wrong : {texts + output, "'" + (dir / "first.txt") + "'" + output + " --mix " + held,
                                   texts + output + " --mix " + held + " --max-bytes 10"}) {
    const auto refused = run("rank lm " + wrong);
    EXPECT_EQ(refused.exit_code, 64) << wrong;
    EXPECT_TRUE(refused.error_is_one_line()) << refused.err;
  }
}

TEST(DecoderFlags, AreTheSameForTranscribeAndEval) {
  const test::TempDir dir;
  const std::string bundle = test::make_tiny_bundle(dir);
  test::write_file(dir / "words.txt", "\u07D3\u07CA\n");
  test::write_file(dir / "wrong.txt", "\u07D3\u07CA\tlots\n");
  test::write_file(dir / "manifest.tsv", "words.txt\t\u07CA\n");  // no recording, but flags are looked at first
  const std::vector<std::string> commands{"transcribe -b '" + bundle + "' missing.wav",
                                          "eval -b '" + bundle + "' '" + (dir / "manifest.tsv") + "'"};
  for (const std::string& command : commands) {
    for (const char* flags : {"--search best", "--lm m.arpa", "--beam-width 4", "--search beam --beam-width 0",
                              "--search beam --lm-weight 1", "--search beam --syllables maybe", "--words-mode one",
                              "--words-threshold 0.5"}) {
      const auto r = run(command + " " + flags);
      EXPECT_EQ(r.exit_code, 64) << command << " " << flags << r.err;
      EXPECT_TRUE(r.error_is_one_line()) << r.err;
    }
    const auto r = run(command + " --search beam --hotwords '" + (dir / "wrong.txt") + "'");
    EXPECT_EQ(r.exit_code, 65) << r.err;
    EXPECT_NE(r.err.find("wrong.txt: line 1: expected a number"), std::string::npos) << r.err;
    const std::string words = command + " --words '" + (dir / "words.txt") + "'";
    for (const char* flags : {" --search beam", " --words-mode two", " --words-threshold 1.5", " --ranker r.json"}) {
      const auto refused = run(words + flags);
      EXPECT_EQ(refused.exit_code, 64) << words << flags << refused.err;
      EXPECT_TRUE(refused.error_is_one_line()) << refused.err;
    }
    const auto bad = run(command + " --words '" + (dir / "wrong.txt") + "'");
    EXPECT_EQ(bad.exit_code, 65) << bad.err;
    EXPECT_NE(bad.err.find("wrong.txt: line 1: expected"), std::string::npos) << bad.err;
  }
}

}  // namespace
}  // namespace seben
