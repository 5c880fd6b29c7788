// SPDX-License-Identifier: Apache-2.0
#include "base/printable.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace seben::base {
namespace {

TEST(Printable, NothingDrivesATerminalOrTurnsTextAround) {
  EXPECT_EQ(printable("a\nb\x1b[31m\x7f"), "a b [31m ");
  EXPECT_EQ(printable("x\u202Egpj.exe"), "x<U+202E>gpj.exe");
  EXPECT_EQ(printable("\u2066\u200F\uFEFF\u00AD\U000E0041"), "<U+2066><U+200F><U+FEFF><U+00AD><U+E0041>");
  EXPECT_EQ(printable("\u0085\u2028\u009B"), "   ");                                 // next line, line separator, CSI
  EXPECT_EQ(printable("\x9B\xC3 \xED\xA0\x80"), "\uFFFD\uFFFD \uFFFD\uFFFD\uFFFD");  // no UTF-8
  EXPECT_EQ(printable("\u07D2\u07DE\u07CF caf\u00E9 \U0001F600 \u0645\u06CC\u200C\u06A9"),
            "\u07D2\u07DE\u07CF caf\u00E9 \U0001F600 \u0645\u06CC\u200C\u06A9");
}

TEST(Printable, LinesStayLinesAndJsonStaysTheSameJson) {
  EXPECT_EQ(printable_lines("a\tb\n\u202Ec\r\n"), "a\tb\n<U+202E>c \n");
  const std::string text = "{\n \"name\": \"a\u202Eb\U000E0041\u2028\"\n}";
  const std::string shown = printable_json(text);
  EXPECT_EQ(shown, "{\n \"name\": \"a\\u202eb\\udb40\\udc41\\u2028\"\n}");
  EXPECT_EQ(nlohmann::json::parse(shown), nlohmann::json::parse(text));
}

}  // namespace
}  // namespace seben::base
