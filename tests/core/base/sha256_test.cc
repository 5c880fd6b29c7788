// SPDX-License-Identifier: Apache-2.0
// Examples of FIPS 180-4 and NIST's CAVP vectors; the fast way against the plain one; pieces of every length.
#include "base/sha256.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "base/sha256_blocks.h"

namespace seben::base {
namespace {

TEST(Sha256, KnownDigests) {
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(sha256_hex(std::string(1'000'000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, PiecesMakeTheWhole) {
  std::mt19937 random(256);
  for (std::size_t size = 0; size < 300; ++size) {
    std::string text(size, '\0');
    for (char& c : text) c = static_cast<char>(random());
    Sha256 digest;
    for (std::size_t at = 0; at < size;) {
      const std::size_t piece = std::min<std::size_t>(size - at, random() % 130);
      digest.update(std::string_view(text).substr(at, piece));
      at += piece;
    }
    ASSERT_EQ(digest.finish_hex(), sha256_hex(text)) << size;
  }
}

TEST(Sha256, InstructionsEqualThePlainWay) {
  std::mt19937 random(1);
  for (std::size_t blocks = 1; blocks < 20; ++blocks) {
    std::string text(blocks * kSha256Block, '\0');
    for (char& c : text) c = static_cast<char>(random());
    Sha256State fast{}, plain{};
    for (std::size_t i = 0; i < fast.size(); ++i) fast[i] = plain[i] = static_cast<std::uint32_t>(random());
    const auto* bytes = reinterpret_cast<const std::byte*>(text.data());
    sha256_blocks(fast, bytes, blocks);
    sha256_blocks_plain(plain, bytes, blocks);
    ASSERT_EQ(fast, plain) << blocks;
  }
}

}  // namespace
}  // namespace seben::base
