// SPDX-License-Identifier: Apache-2.0
#include "text/nko/utf8.h"

#include <gtest/gtest.h>

#include <fstream>

#include "support/errors.h"
#include "support/shared_data.h"

namespace seben::nko {
namespace {

using test::is_bad_data;

TEST(Utf8, RoundTripOverTheWholeBlock) {
  for (char32_t c = kFirst; c <= kLast; ++c) {
    const std::string bytes = encode_utf8(c);
    EXPECT_EQ(bytes.size(), 2U);
    EXPECT_EQ(decode_utf8(bytes, "t"), std::u32string(1, c));
  }
}

TEST(Utf8, RefusesIllFormedBytesWithTheirPlace) {
  for (const char* bad : {"\x80", "a\xC3", "a\xED\xA0\x80", "\xF5\x80\x80\x80", "\xC0\xAF"}) {
    EXPECT_FALSE(is_valid_utf8(bad));
    EXPECT_TRUE(is_bad_data("ill-formed byte at", [&] { (void)decode_utf8(bad, "t"); })) << bad;
    EXPECT_TRUE(is_bad_data("ill-formed byte at", [&] { (void)nfc(bad, "t"); }));
  }
}

TEST(Utf8, ToneAndNasalMarksBelongToTheirLetter) {
  const std::string text = encode_utf8(U"\u07CA\u07EB\u07F2\u07D3\u07CA");
  EXPECT_EQ(graphemes(text, "t").size(), 3U);
  EXPECT_EQ(graphemes(text, "t")[0], encode_utf8(U"\u07CA\u07EB\u07F2"));
}

TEST(Normalise, KeepsTheBlockAndSingleSpaces) {
  const std::string messy = "  " + encode_utf8(U"\u07CA\u07EB") + "-x'" + encode_utf8(U"\u07D3") + "\t\n";
  EXPECT_EQ(normalise(messy, "t"), encode_utf8(U"\u07CA\u07EB \u07D3"));
  EXPECT_EQ(normalise(messy, "t", {true}), encode_utf8(U"\u07CA \u07D3"));
  EXPECT_EQ(normalise("latin only", "t"), "");
}

// A reader sees one word; as spaces they would part it, and every metric would count errors that nobody finds.
TEST(Normalise, TakesOutWhatNobodySees) {
  const std::string word = "\u07D2\u07D3\u07D8\u07CA\u07EB";
  for (const std::string hidden : {"\u200C", "\u200D", "\u200B", "\u200E", "\u200F", "\uFEFF", "\u00AD", "\u2060",
                                   "\u202E", "\u034F", "\uFE0F", "\x01"}) {
    EXPECT_EQ(normalise(word.substr(0, 2) + hidden + word.substr(2), "t"), word);
    EXPECT_EQ(normalise(word + hidden + " " + hidden + word, "t"), word + " " + word);
  }
  EXPECT_EQ(normalise(std::string("\u07D2\0\u07D3", 5), "t"), "\u07D2\u07D3");
  for (const std::string space : {"\t", "\n", "\r", "\u00A0", "\u2028", "\u3000", "-", "\uFFFD"}) {
    EXPECT_EQ(normalise("\u07D2" + space + "\u07D3", "t"), "\u07D2 \u07D3");
  }
  const std::string marks =
      normalise("\u07CA\u07EB\u200C\u07F2", "t");  // their order depends on their being neighbours
  EXPECT_EQ(marks, nfc(marks, "t"));
  EXPECT_EQ(marks, normalise("\u07CA\u07EB\u07F2", "t"));
}

// Gives back the number of lines.
std::size_t expect_normal_form_to_stay(const std::string& path) {
  std::ifstream lines(path);
  std::size_t seen = 0;
  for (std::string line; std::getline(lines, line); ++seen) {
    const std::string once = normalise(line, "t");
    EXPECT_EQ(normalise(once, "t"), once);
    EXPECT_EQ(nfc(once, "t"), once);
  }
  return seen;
}

TEST(Normalise, IsIdempotentAndNfcOnHumanText) {
  EXPECT_GE(expect_normal_form_to_stay(test::text_fixture("nko_held_out.txt")), 200U);
}

TEST(Normalise, IsIdempotentAndNfcOnHumanTextOfSharedData) {
  const std::string path = test::shared_data("text/nko_dev.txt");
  SEBEN_SKIP_WITHOUT(path);
  EXPECT_GE(expect_normal_form_to_stay(path), 500U);
}

TEST(Words, SplitAtSpaces) {
  EXPECT_EQ(words("  a  bc "), (std::vector<std::string>{"a", "bc"}));
  EXPECT_TRUE(words("   ").empty());
}

// Form C leaves both orders of two marks of one combining class.
TEST(Normalise, TheDoubleDotStandsBeforeToneMarks) {
  const std::string one = "\u07CA\u07F3\u07EC", other = "\u07CA\u07EC\u07F3";
  EXPECT_EQ(nfc(other, "test"), other);
  EXPECT_EQ(normalise(other, "test"), one);
  EXPECT_EQ(normalise(one, "test"), one);
  EXPECT_EQ(normalise("\u07CA\u07EC\u07F2\u07F3", "test"), "\u07CA\u07F2\u07F3\u07EC");
  EXPECT_EQ(normalise(other, "test", {true}), "\u07CA\u07F3");
}

}  // namespace
}  // namespace seben::nko
