// SPDX-License-Identifier: Apache-2.0
#include "text/lm/ngram.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "support/errors.h"

namespace seben::lm {
namespace {

constexpr double kLn10 = std::numbers::ln10;

// Three orders over a, b and the space; "b a" is a bigram, "a b" has no trigram after it.
const std::string kArpa =
    "made by hand\n\\data\\\nngram 1=6\nngram 2=4\nngram 3=1\n\n"
    "\\1-grams:\n-2\t<unk>\n-99\t<s>\t-0.25\n-1\t</s>\n-0.5\ta\t-0.125\n-0.75\tb\t-0.0625\n-1.5\t<space>\n\n"
    "\\2-grams:\n-0.3\t<s> a\t-0.5\n-0.2\ta b\t-0.7\n-0.6\tb a\n-0.9\tb </s>\n\n"
    "\\3-grams:\n-0.1\t<s> a b\n\n\\end\\\n";

NgramModel parse(const std::string& text) { return NgramModel::parse(text, "m.arpa"); }

std::string replaced(const std::string& from, const std::string& to) {
  std::string out = kArpa;
  const std::size_t at = out.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return out.replace(at, from.size(), to);
}

TEST(Ngram, BacksOffAsTheDefinitionSays) {
  const NgramModel model = parse(kArpa);
  EXPECT_EQ(model.order(), 3);
  EXPECT_EQ(model.size(2), 4U);
  auto state = model.start();
  EXPECT_NEAR(model.score(state, model.token('a')), -0.3 * kLn10, 1e-12);
  EXPECT_NEAR(model.score(state, model.token('b')), -0.1 * kLn10, 1e-12);          // the trigram
  EXPECT_NEAR(model.score(state, model.token('a')), (-0.7 - 0.6) * kLn10, 1e-12);  // back-off of "a b", "b a"
  // "b a" has no back-off, "a" has -0.125; the space is a unigram.
  EXPECT_NEAR(model.score(state, model.token(' ')), (-0.125 - 1.5) * kLn10, 1e-12);
  EXPECT_NEAR(model.score(state, model.token('x')), -2.0 * kLn10, 1e-12);
  EXPECT_NEAR(model.end(state), -1.0 * kLn10, 1e-12);
  EXPECT_NEAR(model.text_score(U"ab"), (-0.3 - 0.1 - 0.7 - 0.9) * kLn10, 1e-12);
}

TEST(Ngram, SpacesHaveSeveralNamesInFiles) {
  for (const char* name : {"|", "\u2581"}) {
    EXPECT_NEAR(parse(replaced("<space>", name)).text_score(U" "), parse(kArpa).text_score(U" "), 0.0);
  }
}

TEST(Ngram, AByteOrderMarkIsNoPartOfTheFile) {
  EXPECT_EQ(parse("\uFEFF" + kArpa.substr(kArpa.find("\\data\\"))).to_arpa(), parse(kArpa).to_arpa());
}

TEST(Ngram, WritesWhatItReads) {
  const std::string text = parse(kArpa).to_arpa();
  EXPECT_EQ(parse(text).to_arpa(), text);
  EXPECT_NEAR(parse(text).text_score(U"ab a"), parse(kArpa).text_score(U"ab a"), 1e-6);
}

TEST(Ngram, RefusesFilesThatAreWrong) {
  struct Wrong {
    const char *from, *to, *line;
  };
  const std::vector<Wrong> cases{
      {"\\data\\", "\\date\\", "expected \\data\\, found the end of the file"},
      {"ngram 2=4", "ngram 3=4", "m.arpa: line 4: expected ngram 2=count"},
      {"ngram 2=4", "ngram 2=x", "line 4: expected a number"},
      {"ngram 2=4", "ngram 2=99999999999999", "as the file can hold"},
      {"ngram 2=4", "ngram 2=5", "expected 5 n-grams of order 2"},
      {"ngram 2=4", "ngram 2=3", "expected 3 n-grams of order 2"},
      {"\\2-grams:", "\\4-grams:", "expected \\2-grams:"},
      {"-0.5\ta", "0.5\ta", "line 11: expected log10 of a probability"},
      {"-0.5\ta", "nan\ta", "expected a finite number"},
      {"-0.5\ta\t-0.125", "-0.5\ta\tinf", "expected a finite number"},
      {"-0.75\tb", "-0.75\ta", "expected an n-gram that was not there before"},
      {"-0.75\tb", "-0.75\tbc", "expected tokens of one character"},
      {"-0.6\tb a", "-0.6\tb c", "expected tokens that are unigrams"},
      {"-0.6\tb a", "-0.6\tb", "expected a probability, 2 tokens and perhaps a back-off"},
      {"-0.1\t<s> a b", "-0.1\t<s> b a", "the history and the shorter end of every n-gram"},
      {"-0.1\t<s> a b", "-0.1\t<s> a b\t-1", "expected a probability, 3 tokens"},
      {"\\end\\", "\\5-grams:", "expected \\end\\"},
      {"\n\\end\\\n", "", "expected \\end\\, found the end of the file"},
      {"-0.75\tb", "-0.75\t\xFF", "expected UTF-8"},
  };
  for (const Wrong& wrong : cases) {
    EXPECT_TRUE(test::is_bad_data(wrong.line, [&] { (void)parse(replaced(wrong.from, wrong.to)); })) << wrong.to;
  }
  EXPECT_TRUE(test::is_bad_data("at most 1024 bytes", [] { (void)parse(std::string(2000, 'x') + "\n" + kArpa); }));
  EXPECT_TRUE(test::is_bad_data("found the end of the file", [] { (void)parse(""); }));
}

// Whatever is cut off the end, the file is refused: none of its parts may go missing unseen.
TEST(Ngram, RefusesEveryTruncation) {
  const std::string whole = kArpa.substr(0, kArpa.find("\\end\\"));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_TRUE(test::is_bad_data("m.arpa", [&] { (void)parse(whole.substr(0, size)); })) << size;
  }
}

}  // namespace
}  // namespace seben::lm
