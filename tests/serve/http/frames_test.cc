// SPDX-License-Identifier: Apache-2.0
#include "http/frames.h"

#include <gtest/gtest.h>

#include <vector>

#include "http/base64.h"
#include "support/web_socket_client.h"

namespace seben::serve {
namespace {

using test::client_frame;

std::vector<Arrival> read_all(const std::string& bytes, std::size_t piece, std::size_t largest = 1000) {
  FrameReader reader(largest);
  std::vector<Arrival> out;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    reader.push(std::string_view(bytes).substr(at, piece));
    while (auto one = reader.next()) out.push_back(*std::move(one));
  }
  return out;
}

int refused_with(const std::string& bytes) {
  try {
    (void)read_all(bytes, bytes.size());
  } catch (const FrameError& error) {
    return error.code();
  }
  return 0;
}

TEST(Frames, MessagesAreJoinedWithControlFramesBetween) {
  const std::string long_text(300, 'x');
  const std::string bytes = client_frame(1, "he", false) + client_frame(9, "ping") + client_frame(0, "llo") +
                            client_frame(2, long_text) + client_frame(8, "\x03\xE8");
  for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, bytes.size()}) {
    const auto got = read_all(bytes, piece);
    ASSERT_EQ(got.size(), 4U);
    EXPECT_EQ(got[0].opcode, Opcode::ping);
    EXPECT_EQ(got[1].data, "hello");
    EXPECT_EQ(got[2].data, long_text);
    EXPECT_EQ(got[2].opcode, Opcode::binary);
    EXPECT_EQ(got[3].opcode, Opcode::close);
  }
}

TEST(Frames, WhatBreaksTheProtocolNamesItsCode) {
  std::string unmasked = make_frame(Opcode::text, "a");
  EXPECT_EQ(refused_with(unmasked), close_code::kProtocol);
  EXPECT_EQ(refused_with("\xC1\x80"), close_code::kProtocol) << "a reserved bit";
  EXPECT_EQ(refused_with("\x83\x80"), close_code::kProtocol) << "an unknown opcode";
  EXPECT_EQ(refused_with(client_frame(0, "a")), close_code::kProtocol);
  EXPECT_EQ(refused_with(client_frame(1, "a", false) + client_frame(1, "b")), close_code::kProtocol);
  EXPECT_EQ(refused_with(client_frame(9, "a", false)), close_code::kProtocol);
  EXPECT_EQ(refused_with(client_frame(9, std::string(126, 'a'))), close_code::kProtocol);
  EXPECT_EQ(refused_with(client_frame(1, "\xFF")), close_code::kNotText);
  EXPECT_EQ(refused_with(client_frame(1, std::string(1001, 'a'))), close_code::kTooLarge);
  EXPECT_EQ(refused_with(client_frame(1, std::string(600, 'a'), false) + client_frame(0, std::string(600, 'a'))),
            close_code::kTooLarge);
  EXPECT_EQ(refused_with(std::string("\x82\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF....", 14)), close_code::kTooLarge);
}

TEST(Frames, TheKeyOfTheStandardsExampleIsAnswered) {
  EXPECT_EQ(accept_key("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  EXPECT_FALSE(accept_key("short"));
  EXPECT_FALSE(accept_key(""));
}

TEST(Frames, LongPayloadsAreWrittenWithTheirLength) {
  for (const std::size_t size : {0U, 125U, 126U, 65'535U, 65'536U}) {
    const std::string frame = make_frame(Opcode::binary, std::string(size, 'a'));
    EXPECT_EQ(frame.size(), size + (size <= 125 ? 2U : size <= 65'535 ? 4U : 10U));
  }
  EXPECT_EQ(make_close(1000, "bye"),
            "\x88\x05\x03\xE8"
            "bye");
}

TEST(Base64, IsStrict) {
  EXPECT_EQ(decode_base64("Zm9vYg=="), "foob");
  EXPECT_EQ(decode_base64("Zm9vYmE="), "fooba");
  EXPECT_EQ(decode_base64("Zm9vYmFy"), "foobar");
  EXPECT_EQ(decode_base64(""), "");
  for (const char* bad : {"Zg", "Zg=", "Z===", "Zh==", "Zg==Zg==", "Zm9*", "Zm 9", "====", "Zm9="}) {
    EXPECT_FALSE(decode_base64(bad)) << bad;
  }
  std::string all;
  for (int i = 0; i < 256; ++i) {
    all += static_cast<char>(i);
    EXPECT_EQ(decode_base64(encode_base64(all)), all);
  }
}

}  // namespace
}  // namespace seben::serve
