// SPDX-License-Identifier: Apache-2.0
#include "base/utf8.h"

#include <gtest/gtest.h>

namespace seben::base {
namespace {

// The Unicode Standard, chapter 3, tables 3-8 to 3-11: what each maximal subpart becomes.
TEST(Utf8, IllFormedBytesAreReplacedAsTheStandardShows) {
  const std::u32string R(1, kReplacement);
  const auto times = [&](std::size_t n) { return std::u32string(n, kReplacement); };
  EXPECT_EQ(decode_lossy("\xC0\xAF\xE0\x80\xBF\xF0\x81\x82\x41"), times(8) + U"A");
  EXPECT_EQ(decode_lossy("\xED\xA0\x80\xED\xBF\xBF\xED\xAF\x41"), times(8) + U"A");
  EXPECT_EQ(decode_lossy("\xF4\x91\x92\x93\xFF\x41\x80\xBF\x42"), times(5) + U"A" + times(2) + U"B");
  EXPECT_EQ(decode_lossy("\xE1\x80\xE2\xF0\x91\x92\xF1\xBF\x41"), times(4) + U"A");
  EXPECT_EQ(decode_lossy("\xE2\x82"), R);
  EXPECT_EQ(replace_ill_formed("a\xF0\x9F\x98z"), "a\xEF\xBF\xBDz");
}

TEST(Utf8, EveryCodePointSurvives) {
  for (char32_t code = 0; code < 0x110000; ++code) {
    if (code >= 0xD800 && code < 0xE000) continue;
    std::string text;
    append_utf8(code, text);
    const Utf8Step step = read_utf8(text, 0);
    ASSERT_TRUE(step.well_formed && step.code == code && step.size == text.size())
        << std::hex << static_cast<unsigned>(code);
    ASSERT_EQ(well_formed_prefix(text), text.size());
  }
}

TEST(Utf8, PrefixEndsAtTheFirstIllFormedByte) {
  EXPECT_EQ(well_formed_prefix(""), 0U);
  EXPECT_EQ(well_formed_prefix("ab\xC3\xA9\xC3"), 4U);
  EXPECT_EQ(well_formed_prefix("\xED\xA0\x80"), 0U) << "a surrogate";
  EXPECT_EQ(well_formed_prefix("x\xF4\x90\x80\x80"), 1U) << "beyond U+10FFFF";
}

}  // namespace
}  // namespace seben::base
