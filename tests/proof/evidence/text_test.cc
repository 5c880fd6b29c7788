// SPDX-License-Identifier: Apache-2.0
// Lines of foreign tools: taken apart, and quoted without naming anybody.
#include "evidence/text.h"

#include <gtest/gtest.h>

#include <string>

namespace seben::evidence {
namespace {

TEST(Quote, HidesWhoAndWhichDevice) {
  EXPECT_EQ(quote("at /Users/awa/x.log"), "at /Users/~/x.log");
  EXPECT_EQ(quote("'/home/awa' gone"), "'/home/~' gone");
  EXPECT_EQ(quote("id=00008110-001E795834F8801E,"), "id=<id>,");
  EXPECT_EQ(quote("id 0F1E2D3C-4B5A-6978-8796-A5B4C3D2E1F0."), "id <id>.");
  EXPECT_EQ(quote("0x00008110-001E795834F8801E1"), "0x00008110-001E795834F8801E1") << "a longer number is no device";
  EXPECT_EQ(quote("a00008110-001E795834F8801E"), "a00008110-001E795834F8801E") << "nor is the end of one";
}

TEST(Quote, IsOneShortPrintableLine) {
  EXPECT_EQ(quote("  a\tb\x1b[31m\x7f!  \r\n"), "a b [31m !");
  EXPECT_EQ(quote("\xff\u07CA\xed\xa0\x80"), "?\u07CA???");
  EXPECT_EQ(quote("\xC2\x85x"), " x") << "a control character of Latin-1";
  EXPECT_EQ(quote(std::string(500, 'z')), std::string(kQuoteCharacters - 3, 'z') + "...");
  EXPECT_EQ(quote(std::string(190, 'z') + " /Users/awa/x").find("awa"), std::string::npos);
  EXPECT_EQ(quote(""), "");
}

// U+202E and its kin would let a file name or a line of a log show another one than it is.
TEST(Quote, HoldsNothingThatReordersText) {
  for (const char* control : {"\xD8\x9C", "\xE2\x80\x8E", "\xE2\x80\x8F", "\xE2\x80\xA8", "\xE2\x80\xAA",
                              "\xE2\x80\xAE", "\xE2\x81\xA6", "\xE2\x81\xA9", "\x07", "\x7F", "\xC2\x9B"}) {
    EXPECT_EQ(quote(std::string("a") + control + "z"), "a z");
  }
  EXPECT_EQ(quote("a\xE2\x80\xA6z\xE2\x81\xA5\xDF\x8A"), "a\xE2\x80\xA6z\xE2\x81\xA5\xDF\x8A") << "others stay";
}

TEST(EvidenceText, LinesNumbersAndWords) {
  std::string_view rest = "one\r\n\ntwo";
  EXPECT_EQ(next_line(rest), "one");
  EXPECT_EQ(next_line(rest), "");
  EXPECT_EQ(next_line(rest), "two");
  EXPECT_TRUE(rest.empty());
  std::string_view numbers = "12 apples";
  EXPECT_EQ(take_number(numbers), 12U);
  EXPECT_FALSE(take(numbers, "apples"));
  EXPECT_TRUE(take(numbers, " app"));
  EXPECT_EQ(numbers, "les");
  EXPECT_EQ(take_number(numbers), std::nullopt);
  std::string_view twelve = "999999999999", thirteen = "9999999999999";
  EXPECT_EQ(take_number(twelve), 999'999'999'999U);
  EXPECT_EQ(take_number(thirteen), std::nullopt);
  EXPECT_EQ(thirteen.size(), 13U);
}

TEST(EvidenceText, NamesAndCases) {
  EXPECT_EQ(file_name("/a/b/run.log"), "run.log");
  EXPECT_EQ(file_name("run.log"), "run.log");
  EXPECT_EQ(trim(" \t\r\n"), "");
  EXPECT_EQ(trim("\v a b\f"), "a b");
  EXPECT_EQ(lower_ascii("ABz-\u00C9"), "abz-\u00C9");
}

}  // namespace
}  // namespace seben::evidence
