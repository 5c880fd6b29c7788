// SPDX-License-Identifier: Apache-2.0
#include "text/tokenizer/byte_letters.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace seben::tokenizer {
namespace {

TEST(ByteLetters, EveryByteComesBackAndHasItsOwnLetter) {
  std::set<std::string> letters;
  for (int byte = 0; byte < 256; ++byte) {
    const std::string one(1, static_cast<char>(byte));
    const std::string letter = letters_of_bytes(one);
    EXPECT_EQ(bytes_of_letters(letter), one) << byte;
    letters.insert(letter);
  }
  EXPECT_EQ(letters.size(), 256U);
}

TEST(ByteLetters, AreThoseOfGpt2) {
  EXPECT_EQ(letters_of_bytes("a!~"), "a!~");
  EXPECT_EQ(letters_of_bytes(" "), "\u0120");
  EXPECT_EQ(letters_of_bytes("\n"), "\u010A");
  EXPECT_EQ(letters_of_bytes(std::string(1, '\0')), "\u0100");
  EXPECT_EQ(letters_of_bytes("\x7F"), "\u0121");
  EXPECT_EQ(letters_of_bytes("\xA0"), "\u0142");
  EXPECT_EQ(letters_of_bytes("\xAD"), "\u0143");
  EXPECT_EQ(letters_of_bytes("\xDF\x8A"), "\u00DF\u012C");  // U+07CA
  EXPECT_EQ(letters_of_bytes(""), "");
}

TEST(ByteLetters, OtherLettersStandForNothing) {
  for (const char* letters : {" ", "\n", "\u00A0", "\u00AD", "\u0144", "\u07CA", "a\u20AC"}) {
    EXPECT_EQ(bytes_of_letters(letters), std::nullopt) << letters;
  }
  EXPECT_EQ(bytes_of_letters(""), "");
}

}  // namespace
}  // namespace seben::tokenizer
