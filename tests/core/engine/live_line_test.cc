// SPDX-License-Identifier: Apache-2.0
// What a terminal shows of an utterance that goes on.
#include "engine/live_line.h"

#include <gtest/gtest.h>

namespace seben::pipeline {
namespace {

TEST(LiveLine, IsolatesTheTextDimsWhatIsOpenAndFits) {
  const auto nko = Direction::nko, own = Direction::own;
  const std::string start = "\xE2\x81\xA7", first = "\xE2\x81\xA8", end = "\xE2\x81\xA9";
  EXPECT_EQ(live_line("ab", "cd", nko, 80), start + "ab \x1b[2mcd\x1b[22m" + end);
  EXPECT_EQ(live_line("", "cd", own, 80), first + "\x1b[2mcd\x1b[22m" + end);
  EXPECT_EQ(live_line("one two three", "four", nko, 12), start + "three \x1b[2mfour\x1b[22m" + end);
  EXPECT_EQ(live_line("one", "two three", nko, 7), start + "\x1b[2mthree\x1b[22m" + end);
  EXPECT_EQ(live_line("one", "two", nko, 0), start + end);
  // What a model writes can neither drive the terminal nor turn the line around.
  const std::string hostile = live_line("a\x1b[2Jb",
                                        "c\xE2\x80\xAE"
                                        "d\r",
                                        nko, 80);
  EXPECT_EQ(hostile.find("\x1b[2J"), std::string::npos);
  EXPECT_EQ(hostile.find("\xE2\x80\xAE"), std::string::npos);
  EXPECT_NE(hostile.find("<U+202E>"), std::string::npos);
  EXPECT_EQ(hostile.find('\r'), std::string::npos);
}

}  // namespace
}  // namespace seben::pipeline
