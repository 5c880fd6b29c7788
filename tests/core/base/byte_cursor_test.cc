// SPDX-License-Identifier: Apache-2.0
#include "base/byte_cursor.h"

#include <gtest/gtest.h>

#include "base/bad_data.h"
#include "support/errors.h"

namespace seben::base {
namespace {

using test::is_bad_data;

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

TEST(ByteCursor, TakesFrontToBackAndSaysWhereTheBytesEnd) {
  const std::string source = "m.bin", text("\x02\0\0\0ab\xFF\xFF\xFF\xFF", 10);
  ByteCursor cursor(bytes_of(text), source);
  EXPECT_EQ(cursor.integer("size", 0, 5), 2);
  EXPECT_EQ(cursor.text(2, "name"), "ab");
  EXPECT_EQ(cursor.offset(), 6U);
  EXPECT_FALSE(cursor.at_end());
  EXPECT_TRUE(is_bad_data("m.bin: data: expected 5 bytes, found 4 (truncated file?)", [&] { cursor.take(5, "data"); }));
  EXPECT_TRUE(is_bad_data("expected 18446744073709551615 bytes", [&] { cursor.take(~std::uint64_t{0}, "data"); }));
  EXPECT_TRUE(is_bad_data("m.bin: n: expected 0 to 9, found -1", [&] { cursor.integer("n", 0, 9); }));
  EXPECT_TRUE(cursor.at_end());
  EXPECT_TRUE(is_bad_data("m.bin: x: expected a, found b", [&] { cursor.fail("x", "a", "b"); }));
}

TEST(ByteCursor, LittleEndianNumbersOfAnySize) {
  const auto bytes = bytes_of("\x01\x02\x03\x04\x05\x06\x07\x08");
  EXPECT_EQ(little_endian(bytes, 1, 1), 0x02U);
  EXPECT_EQ(little_endian(bytes, 1, 2), 0x0302U);
  EXPECT_EQ(little_endian(bytes, 0, 8), 0x0807060504030201U);
}

TEST(BadData, IsOneLineOfItsCategory) {
  EXPECT_TRUE(is_bad_data("a: expected b, found c", [] { bad_data("a", "b", "c"); }));
}

}  // namespace
}  // namespace seben::base
