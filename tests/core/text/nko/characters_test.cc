// SPDX-License-Identifier: Apache-2.0
#include "text/nko/characters.h"

#include <gtest/gtest.h>
#include <utf8proc.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "text/nko/utf8.h"

namespace seben::nko {
namespace {

std::string category_of(char32_t c) { return utf8proc_category_string(static_cast<utf8proc_int32_t>(c)); }

TEST(CharacterClass, AgreesWithUnicodeOverTheWholeBlock) {
  const std::map<CharacterClass, std::vector<std::string>> allowed{
      {CharacterClass::digit, {"Nd"}},        {CharacterClass::vowel, {"Lo"}},
      {CharacterClass::dagbasinna, {"Lo"}},   {CharacterClass::syllabic_nasal, {"Lo"}},
      {CharacterClass::consonant, {"Lo"}},    {CharacterClass::tone_mark, {"Mn"}},
      {CharacterClass::nasal_mark, {"Mn"}},   {CharacterClass::double_dot, {"Mn"}},
      {CharacterClass::apostrophe, {"Lm"}},   {CharacterClass::extender, {"Lm"}},
      {CharacterClass::abbreviation, {"Mn"}}, {CharacterClass::punctuation, {"Po"}},
      {CharacterClass::symbol, {"So", "Sc"}}, {CharacterClass::unassigned, {"Cn"}}};
  std::map<std::string, int> seen;
  for (char32_t c = kFirst; c <= kLast; ++c) {
    const CharacterClass found = character_class(c);
    const std::string category = category_of(c);
    const auto& categories = allowed.at(found);
    EXPECT_NE(std::ranges::find(categories, category), categories.end())
        << "U+0" << std::hex << static_cast<std::uint32_t>(c) << " is " << category << ", here " << to_string(found);
    EXPECT_EQ(is_combining(c), category == "Mn");
    EXPECT_EQ(is_tone_mark(c), found == CharacterClass::tone_mark);
    EXPECT_EQ(is_digit(c), found == CharacterClass::digit);
    ++seen[category];
  }
  const std::map<std::string, int> expected{{"Nd", 10}, {"Lo", 33}, {"Mn", 10}, {"Lm", 3},
                                            {"Po", 3},  {"So", 1},  {"Sc", 2},  {"Cn", 2}};
  EXPECT_EQ(seen, expected);
}

// The nasal mark stands below (class 220), tone marks above (230): normalisation puts it first, and the syllable
// machine counts on that.
TEST(CharacterClass, NasalMarkSortsBeforeToneMarks) {
  const std::string tone_first = encode_utf8(U"\u07CA\u07EC\u07F2"), nasal_first = encode_utf8(U"\u07CA\u07F2\u07EC");
  EXPECT_EQ(nfc(tone_first, "t"), nasal_first);
  EXPECT_EQ(nfc(nasal_first, "t"), nasal_first);
}

TEST(CharacterClass, OutsideTheBlockIsOther) {
  for (const char32_t c : {U' ', U'a', U'\u07BF', U'\u0800', U'\U0010FFFF'}) {
    EXPECT_EQ(character_class(c), CharacterClass::other);
  }
}

}  // namespace
}  // namespace seben::nko
