// SPDX-License-Identifier: Apache-2.0
#include "text/nko/labels.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iostream>
#include <map>

#include "support/errors.h"
#include "support/shared_data.h"
#include "text/nko/transliterate.h"
#include "text/nko/utf8.h"

namespace seben::nko {
namespace {

std::vector<std::string> faults(std::string_view line) {
  std::vector<std::string> out;
  for (const LabelFinding& f : check_label(line, 7, "labels.txt")) {
    out.push_back(std::to_string(f.column) + " " + std::string(to_string(f.fault)));
  }
  return out;
}
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(Labels, CleanOnesAreClean) {
  EXPECT_THAT(faults(""), IsEmpty());
  EXPECT_THAT(faults("\u07D2\u07EC\u07D3\u07CA\u07EC \u07CF\u07EC"), IsEmpty());
  EXPECT_THAT(faults("\u07E6\u07CB\u07EB iPhone 15-\u07E1\u07CA"), IsEmpty());  // words of another language
}

TEST(Labels, LettersOfOtherScriptsInsideWords) {
  EXPECT_THAT(faults("\u07CA \u07D3a\u07DE\u07CA"), ElementsAre("4 foreign letter"));
  EXPECT_THAT(faults("\u07D5\u0294\u07CA"), ElementsAre("2 foreign letter"));  // the glottal stop of a bad conversion
  const auto found = check_label("\u07D5\u0294\u07CA", 7, "f");
  EXPECT_EQ(found[0].line, 7U);
  EXPECT_EQ(found[0].code_point, U'\u0294');
  EXPECT_EQ(to_string(found[0]), "7:2: U+0294: foreign letter: a letter of another script inside a N'Ko word");
}

TEST(Labels, UnassignedNormalFormAndSyllables) {
  EXPECT_THAT(faults("\u07D3\u07CA\u07FB"), ElementsAre("3 unassigned"));
  EXPECT_THAT(faults("\u07D3\u07CA\u07EC\u07F2"), ElementsAre("3 not normalised"));
  EXPECT_THAT(faults("\u07D3\u07CA \u07EC\u07CA"), ElementsAre("4 impossible word"));
  EXPECT_THAT(faults("\u07D3\u07CA\u07EC\u07EC \u07D3\u07F2"), ElementsAre("4 impossible word", "7 impossible word"));
}

TEST(Labels, CharactersThatNobodySees) {
  for (const std::string hidden : {"\u200C", "\u200D", "\u200B", "\u200E", "\u200F", "\uFEFF", "\u00AD", "\u2060",
                                   "\u202E", "\u2028", "\u0085", "\x01"}) {
    EXPECT_THAT(faults("\u07D3" + hidden + "\u07CA"), ElementsAre("2 invisible"));  // in a word, whose rest is one
    EXPECT_THAT(faults("\u07D3\u07CA " + hidden + "\u07D3\u07CA"), ElementsAre("4 invisible"));
    EXPECT_THAT(faults("ok" + hidden + hidden), ElementsAre("3 invisible"));  // and in any other
  }
  for (const std::string hidden : {"\u034F", "\uFE00", "\uFE0F", "\u115F", "\u3164", "\u061C", "\U000E0100"}) {
    EXPECT_THAT(faults("\u07D3" + hidden + "\u07CA"), ElementsAre("2 invisible")) << "marks and letters without a form";
  }
  for (const std::string space : {"\u00A0", "\u2009", "\u202F", "\u3000"}) {
    EXPECT_THAT(faults("\u07D3\u07CA" + space + "\u07D3\u07CA"), ElementsAre("3 invisible"));
  }
  EXPECT_THAT(faults("\u07D3\u07CA\uE000"), ElementsAre("3 unassigned"));
  EXPECT_THAT(faults("\u07D3\u0640\u07CA"), ElementsAre("2 foreign letter"));  // the Arabic tatweel
  EXPECT_THAT(faults(std::string("\u07D3\0\u07CA", 5)), ElementsAre("2 invisible"));
  EXPECT_THAT(faults("\u07D3\uFFFD\u07CA"), ElementsAre("2 lost character"));
  EXPECT_THAT(faults("\uFEFF\u07D3a\u07CA"), ElementsAre("1 invisible", "3 foreign letter"));
  EXPECT_EQ(to_string(check_label("\u07CA\u200C", 7, "f").at(0)),
            "7:2: U+200C: invisible: a character that nobody sees: zero-width non-joiner");
}

TEST(Labels, VowelsOfTheExchangedTable) {
  const std::string latin = "seriba denke f\u0254l\u0254 ye";
  std::string right = latin_to_nko(latin, "t");
  EXPECT_THAT(faults(right + "\t" + latin), IsEmpty());
  const std::map<char32_t, char32_t> exchange{{0x07CB, 0x07CD}, {0x07CF, 0x07CB}, {0x07CD, 0x07D0}, {0x07D0, 0x07CF}};
  std::u32string wrong = decode_utf8(right, "t");
  for (char32_t& c : wrong) c = exchange.contains(c) ? exchange.at(c) : c;
  EXPECT_THAT(faults(encode_utf8(wrong) + "\t" + latin), ElementsAre("2 swapped vowels"));
  EXPECT_THAT(faults(encode_utf8(wrong)), IsEmpty());  // nothing to compare with
}

TEST(Labels, RefusesWhatIsNoLabelLine) {
  EXPECT_TRUE(test::is_bad_data("labels.txt:7", [] { (void)faults("\u07CA\xDF"); }));
  EXPECT_TRUE(test::is_bad_data("more than one tab", [] { (void)faults("\u07CA\ta\tb"); }));
}

void expect_nearly_clean(const std::string& path, std::size_t at_least) {
  std::ifstream lines(path);
  std::map<std::string, int> counts;
  std::size_t number = 0, bad_lines = 0;
  for (std::string line; std::getline(lines, line);) {
    const auto found = check_label(line, ++number, path);
    for (const LabelFinding& f : found) ++counts[std::string(to_string(f.fault))];
    bad_lines += found.empty() ? 0U : 1U;
  }
  ASSERT_GE(number, at_least);
  for (const auto& [fault, count] : counts) std::cout << fault << " " << count << "\n";
  EXPECT_EQ(counts["foreign letter"], 0);
  EXPECT_EQ(counts["unassigned"], 0);
  EXPECT_EQ(counts["not normalised"], 0);
  EXPECT_LT(bad_lines, number / 100);
}

TEST(Labels, HumanTextIsNearlyClean) { expect_nearly_clean(test::text_fixture("nko.txt"), 2000); }

TEST(Labels, HumanTextOfSharedData) {
  const std::string path = test::shared_data("text/nko_train.txt");
  SEBEN_SKIP_WITHOUT(path);
  expect_nearly_clean(path, 80'000);
}

}  // namespace
}  // namespace seben::nko
