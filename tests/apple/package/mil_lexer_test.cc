// SPDX-License-Identifier: Apache-2.0
#include "package/mil_lexer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "support/errors.h"

namespace seben::coreml {
namespace {

using test::is_bad_data;

TEST(MilLexer, WordsSignsAndComments) {
  MilLexer lexer("  // first\nfunc main<ios15>(x@1) // last", "t");
  EXPECT_FALSE(lexer.at_end());
  EXPECT_EQ(lexer.word(), "func");
  EXPECT_EQ(lexer.word(), "main");
  EXPECT_TRUE(lexer.sees("<ios"));
  EXPECT_TRUE(lexer.accept("<"));
  EXPECT_FALSE(lexer.accept("<"));
  EXPECT_EQ(lexer.word(), "ios15");
  lexer.expect(">");
  lexer.expect("(");
  EXPECT_EQ(lexer.word(), "x@1");
  lexer.expect(")");
  EXPECT_TRUE(lexer.at_end());
  EXPECT_TRUE(is_bad_data("found the end", [&] { (void)lexer.word(); }));
}

TEST(MilLexer, StringsWithTheirEscapes) {
  MilLexer lexer(R"("a\"b\\c\nd\te" "" "open)", "t");
  EXPECT_EQ(lexer.quoted(), "a\"b\\c\nd\te");
  EXPECT_EQ(lexer.quoted(), "");
  EXPECT_TRUE(is_bad_data("a string that ends", [&] { (void)lexer.quoted(); }));
  MilLexer other("x", "t");
  EXPECT_TRUE(is_bad_data("a string", [&] { (void)other.quoted(); }));
}

TEST(MilLexer, Numbers) {
  MilLexer lexer("1.5 -2 0x1.8p+1 -inf nan 1e-3 1.5.2", "t");
  EXPECT_EQ(lexer.number(), 1.5);
  EXPECT_EQ(lexer.number(), -2.0);
  EXPECT_EQ(lexer.number(), 3.0);
  EXPECT_EQ(lexer.number(), -HUGE_VAL);
  EXPECT_TRUE(std::isnan(lexer.number()));
  EXPECT_EQ(lexer.number(), 1e-3);
  EXPECT_TRUE(is_bad_data("a number", [&] { (void)lexer.number(); }));
  MilLexer integers("-7, 9223372036854775808", "t");
  EXPECT_EQ(integers.integer(), -7);
  integers.expect(",");
  EXPECT_TRUE(is_bad_data("an integer", [&] { (void)integers.integer(); }));
}

TEST(MilLexer, GroupsArePassedWhatTheyHold) {
  MilLexer lexer(R"([a, {b: (c)}, <d>, "] \" }"] after)", "t");
  lexer.pass_group();
  EXPECT_EQ(lexer.word(), "after");
  for (const char* text : {"[a)", "[a", "(\"no end)"}) {
    MilLexer bad(text, "t");
    EXPECT_TRUE(is_bad_data("t: line 1", [&] { bad.pass_group(); })) << text;
  }
}

TEST(MilLexer, FailuresNameLineAndColumn) {
  MilLexer lexer("one\n  two\n   three \x1b[31m four and a long rest of the line", "p.mil");
  EXPECT_EQ(lexer.word(), "one");
  EXPECT_EQ(lexer.word(), "two");
  EXPECT_TRUE(is_bad_data("p.mil: line 3, column 4: expected \"{\"", [&] { lexer.expect("{"); }));
  EXPECT_EQ(lexer.word(), "three");
  try {
    (void)lexer.word();
    ADD_FAILURE() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()).find('\x1b'), std::string::npos) << error.what();
  }
  const std::string longest(1024, 'a');
  const std::string text = longest + " " + longest + "a";
  MilLexer words(text, "t");
  EXPECT_EQ(words.word(), longest);
  EXPECT_TRUE(is_bad_data("a name", [&] { (void)words.word(); }));
}

}  // namespace
}  // namespace seben::coreml
