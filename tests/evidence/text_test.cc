// SPDX-License-Identifier: Apache-2.0
#include "evidence/text.h"

#include <gtest/gtest.h>

namespace seben {
namespace {

// U+202E and its kin would let a file name or a line of a log show another one than it is.
TEST(EvidenceText, QuotesHoldNothingThatReordersText) {
  for (const char* control : {"\xD8\x9C", "\xE2\x80\x8E", "\xE2\x80\x8F", "\xE2\x80\xA8", "\xE2\x80\xAA",
                              "\xE2\x80\xAE", "\xE2\x81\xA6", "\xE2\x81\xA9", "\x07", "\x7F", "\xC2\x9B"}) {
    EXPECT_EQ(evidence::quote(std::string("a") + control + "z"), "a z");
  }
  EXPECT_EQ(evidence::quote("a\xE2\x80\xA6z\xE2\x81\xA5\xDF\x8A"), "a\xE2\x80\xA6z\xE2\x81\xA5\xDF\x8A")
      << "others stay";
}

}  // namespace
}  // namespace seben
