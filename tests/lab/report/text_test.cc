// SPDX-License-Identifier: Apache-2.0
#include "report/text.h"

#include <gtest/gtest.h>

namespace seben::report {
namespace {

TEST(Escape, LeavesNoMarkup) {
  EXPECT_EQ(escape("a<b>&\"c'"), "a&lt;b&gt;&amp;&quot;c&#39;");
  EXPECT_EQ(escape("tab\tline\n"), "tab\tline\n");
}

TEST(Escape, ReplacesWhatIsNoText) {
  EXPECT_EQ(escape(std::string("a\0b\x07\x7f\r", 6)), "a\uFFFDb\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(escape("\xC0\x80|\xED\xA0\x80|\xF4\x90\x80\x80|\xE2\x82"),
            "\uFFFD\uFFFD|\uFFFD\uFFFD\uFFFD|\uFFFD\uFFFD\uFFFD\uFFFD|\uFFFD\uFFFD");
  EXPECT_EQ(escape("\u202Eabc\u2066\uFFFE"), "\uFFFDabc\uFFFD\uFFFD");
  EXPECT_EQ(escape("\xc2\x85"), "\uFFFD");
}

TEST(Escape, KeepsEveryOtherCharacter) {
  const std::string text = "\u07ca\u07f2\u07eb \u00e9 \u4e2d \U0001F600 \u200e";
  EXPECT_EQ(escape(text), text);
  EXPECT_EQ(encode(decode(text)), text);
}

TEST(InlineMarkup, WrapsStretchesOfNko) {
  EXPECT_EQ(inline_markup("x \u07ca\u07cb, \u07cc! y"),
            "x <bdi lang=\"nqo\" dir=\"rtl\">\u07ca\u07cb, \u07cc</bdi>! y");
  EXPECT_EQ(inline_markup("plain"), "plain");
  EXPECT_EQ(inline_markup(""), "");
  EXPECT_EQ(inline_markup("\u07ca<b>\u07cb"),
            "<bdi lang=\"nqo\" dir=\"rtl\">\u07ca</bdi>&lt;b&gt;<bdi lang=\"nqo\" dir=\"rtl\">\u07cb</bdi>");
}

TEST(Direction, IsThatOfTheFirstLetter) {
  EXPECT_TRUE(reads_right_to_left("12 \u07ca a"));
  EXPECT_FALSE(reads_right_to_left("12 a \u07ca"));
  EXPECT_FALSE(reads_right_to_left("12"));
}

TEST(Width, CountsLettersNotMarks) {
  EXPECT_DOUBLE_EQ(width_in_em("\u07ca\u07eb"), width_in_em("\u07ca"));
  EXPECT_EQ(width_in_em(""), 0.0);
  EXPECT_GT(width_in_em("mmm"), width_in_em("iii"));
}

TEST(Shortened, CutsAtACharacterWithAnEllipsis) {
  EXPECT_EQ(shortened("short", 10.0), "short");
  const std::string cut = shortened("\u07ca\u07cb\u07cc\u07cd\u07ce\u07cf\u07d0", 3.0);
  EXPECT_TRUE(cut.ends_with("\u2026"));
  EXPECT_LE(width_in_em(cut), 3.4);
  EXPECT_TRUE(cut.starts_with("\u07ca\u07cb"));
}

TEST(Wrapped, BreaksAtSpaces) {
  EXPECT_EQ(wrapped("aaa bbb ccc", 5.0), (std::vector<std::string>{"aaa bbb", "ccc"}));
  EXPECT_TRUE(wrapped("  ", 5.0).empty());
  for (const std::string& line : wrapped("aaaaaaaaaaaaaaaaaaaaaa b", 5.0)) EXPECT_LE(width_in_em(line), 5.5);
}

}  // namespace
}  // namespace seben::report
