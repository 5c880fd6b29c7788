// SPDX-License-Identifier: Apache-2.0
#include "formats/ctranslate2_file.h"

#include <gtest/gtest.h>

#include <cstring>

#include "support/ctranslate2_file.h"
#include "support/errors.h"

namespace seben::tensor {
namespace {

using test::CTranslate2Maker;
using test::CTranslate2Type;
using test::is_bad_data;

CTranslate2File parse(const std::string& bytes) {
  return CTranslate2File::view(std::as_bytes(std::span(bytes)), "model.bin");
}

CTranslate2Maker sample() {
  CTranslate2Maker maker;
  maker.add("a/weight", CTranslate2Type::f32, {2, 3}, std::vector<float>{1, 2, 3, 4, 5, 6});
  maker.add("b", CTranslate2Type::bf16, {4}, std::vector<std::uint16_t>{0x3f80, 0, 0, 0});
  maker.scalar("heads", 8);
  maker.aliases = {{"c", "d"}, {"d", "a/weight"}};  // an alias of an alias that comes later
  return maker;
}

template <class T>
std::string with(std::string bytes, std::size_t at, T value) {
  std::memcpy(bytes.data() + at, &value, sizeof(value));
  return bytes;
}

TEST(CTranslate2File, ReadsVariablesAndAliases) {
  const std::string bytes = sample().bytes();
  ASSERT_TRUE(CTranslate2File::is_one(std::as_bytes(std::span(bytes))));
  const CTranslate2File file = parse(bytes);
  EXPECT_EQ(file.spec(), "WhisperSpec");
  EXPECT_EQ(file.revision(), 3U);
  ASSERT_EQ(file.variables().size(), 3U);
  EXPECT_EQ(file.variables()[0].shape, (Shape{2, 3}));
  EXPECT_EQ(file.variables()[0].elements(), 6);
  EXPECT_EQ(file.variables()[1].dtype, DType::bf16);
  EXPECT_EQ(file.variables()[2].shape, Shape{});
  EXPECT_EQ(file.variables()[2].data.size(), 1U);
  EXPECT_EQ(file.find("c"), file.find("a/weight"));
  EXPECT_EQ(file.find("d"), file.find("a/weight"));
  EXPECT_EQ(file.find("e"), nullptr);
}

TEST(CTranslate2File, IsToldByItsFirstBytes) {
  const std::string bytes = sample().bytes();
  const auto is_one = [](const std::string& text) { return CTranslate2File::is_one(std::as_bytes(std::span(text))); };
  EXPECT_TRUE(is_one(with(bytes, 0, std::uint32_t{7})));  // of a version that is refused by its number
  EXPECT_FALSE(is_one(""));
  EXPECT_FALSE(is_one(bytes.substr(0, 12)));
  EXPECT_FALSE(is_one(with(bytes, 0, std::uint32_t{0x67676d6c})));
  EXPECT_FALSE(is_one("PK\x03\x04 and more of an archive"));
  EXPECT_FALSE(is_one(std::string("\x18\0\0\0\0\0\0\0{\"__metadata__\":{}}     ", 32)));
}

TEST(CTranslate2File, RefusesEveryCut) {
  const std::string bytes = sample().bytes();
  ASSERT_NO_THROW((void)parse(bytes));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_TRUE(is_bad_data("truncated file?", [&] { (void)parse(bytes.substr(0, size)); })) << size;
  }
  EXPECT_TRUE(
      is_bad_data("end: expected nothing behind the aliases, found 1 bytes", [&] { (void)parse(bytes + "x"); }));
}

TEST(CTranslate2File, RefusesHostileFields) {
  const std::string good = sample().bytes();
  constexpr std::size_t kRevisionAt = 4 + 2 + 12, kCountAt = kRevisionAt + 4, kNameAt = kCountAt + 4;
  constexpr std::size_t kRankAt = kNameAt + 2 + 9, kSizesAt = kRankAt + 1, kTypeAt = kSizesAt + 8,
                        kBytesAt = kTypeAt + 1;
  constexpr std::uint32_t kHuge = 0xffffffff;
  const std::vector<std::pair<std::string, std::string>> cases{
      {with(good, 0, std::uint32_t{7}), "model.bin: version: expected 6, of CTranslate2's model.bin, found 7"},
      {with(good, 0, std::uint32_t{5}), "version: expected 6, of CTranslate2's model.bin, found 5"},
      {with(good, 4, std::uint16_t{0}), "spec: length: expected 2 to 1024, found 0"},
      {with(good, 4, std::uint16_t{11}), "spec: expected a text that ends with its only zero"},
      {with(good, 8, char{0}), "spec: expected a text that ends with its only zero"},
      {with(good, kCountAt, kHuge), "number of variables: expected at most 100000, found 4294967295"},
      {with(good, kCountAt, std::uint32_t{90'000}), "variable"},
      {with(good, kNameAt, std::uint16_t{0xffff}), "variable 0: name: length: expected 2 to 1024, found 65535"},
      {with(good, kRankAt, std::uint8_t{9}), "a/weight: rank: expected at most 8, found 9"},
      {with(good, kSizesAt, std::uint32_t{0}), "a/weight: sizes: expected at least 1, found 0"},
      {with(good, kSizesAt, kHuge), "a/weight: bytes: expected those of F32 [4294967295, 3] (51539607540), found 24"},
      {with(with(good, kSizesAt, kHuge), kSizesAt + 4, kHuge),
       "a/weight: bytes: expected those of F32 [4294967295, 4294967295], found 24"},
      {with(good, kTypeAt, std::uint8_t{6}), "a/weight: type: expected 0 to 5, found 6"},
      {with(good, kTypeAt, std::uint8_t{4}), "a/weight: bytes: expected those of F16 [2, 3] (12), found 24"},
      {with(good, kBytesAt, std::uint32_t{23}), "a/weight: bytes: expected those of F32 [2, 3] (24), found 23"}};
  for (const auto& [bytes, says] : cases) {
    EXPECT_TRUE(is_bad_data(says, [&input = bytes] { (void)parse(input); })) << says;
  }
}

TEST(CTranslate2File, RefusesNamesTwiceAndAliasesThatLeadNowhere) {
  const auto refuses = [](const char* says, const auto& change) {
    CTranslate2Maker maker = sample();
    change(maker);
    EXPECT_TRUE(is_bad_data(says, [&] { (void)parse(maker.bytes()); })) << says;
  };
  refuses("b: expected every variable once, found it twice", [](auto& m) { m.variables[0].name = "b"; });
  refuses("c: expected every alias once, found it twice", [](auto& m) { m.aliases[1].first = "c"; });
  refuses("b: alias: expected a name that no variable has, found one", [](auto& m) { m.aliases[0].first = "b"; });
  refuses("d: alias: expected a variable at its end, found no x", [](auto& m) { m.aliases = {{"d", "x"}}; });
  refuses("c: alias: expected a variable at its end, found a circle", [](auto& m) { m.aliases[1].second = "c"; });
  refuses("d: alias: expected a variable at its end, found a circle", [](auto& m) { m.aliases = {{"d", "d"}}; });
  refuses("number of aliases: expected at most 100000", [](auto& m) {
    m.aliases.clear();
    for (int i = 0; i < 100'001; ++i) m.aliases.emplace_back("x" + std::to_string(i), "b");
  });
}

// A walk for each alias along all the others would take minutes.
TEST(CTranslate2File, FollowsLongChainsOnce) {
  CTranslate2Maker maker = sample();
  constexpr int kLinks = 90'000;
  maker.aliases.clear();
  for (int i = 0; i < kLinks; ++i) {
    maker.aliases.emplace_back("x" + std::to_string(i), i + 1 < kLinks ? "x" + std::to_string(i + 1) : "b");
  }
  const std::string bytes = maker.bytes();
  const CTranslate2File file = parse(bytes);
  EXPECT_EQ(file.find("x0"), file.find("b"));
}

}  // namespace
}  // namespace seben::tensor
