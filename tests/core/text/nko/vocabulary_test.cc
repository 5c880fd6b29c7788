// SPDX-License-Identifier: Apache-2.0
#include "text/nko/vocabulary.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "support/errors.h"
#include "text/nko/utf8.h"

namespace seben::nko {
namespace {

using test::is_bad_data;

TEST(Vocabulary, StandardOnesDifferOnlyByTheBlanksPlace) {
  const Vocabulary last = Vocabulary::nko_blank_last(), first = Vocabulary::nko_blank_first();
  EXPECT_EQ(last.size(), 66U);
  EXPECT_EQ(first.size(), 66U);
  EXPECT_EQ(last.blank(), 65);
  EXPECT_EQ(first.blank(), 0);
  EXPECT_EQ(last.space(), 64);
  EXPECT_EQ(first.space(), 65);
  for (std::int64_t i = 0; i < 64; ++i) EXPECT_EQ(last.text(i), first.text(i + 1));
  EXPECT_EQ(last.masked(), (std::vector<std::int64_t>{59, 60}));
  EXPECT_EQ(last.text(59), encode_utf8(U'\u07FB'));
}

TEST(Vocabulary, JsonRoundTrip) {
  const Vocabulary one = Vocabulary::nko_blank_first();
  const Vocabulary two = Vocabulary::parse(one.to_json(), "v");
  EXPECT_EQ(two.to_json(), one.to_json());
}

TEST(Vocabulary, EncodesWhatItCanWrite) {
  const Vocabulary v = Vocabulary::nko_blank_last();
  EXPECT_EQ(v.encode(encode_utf8(U"\u07CA \u07D3"), "t"), (std::vector<std::int64_t>{10, 64, 19}));
  EXPECT_TRUE(is_bad_data("U+0041", [&] { (void)v.encode("A", "t"); }));
}

TEST(Vocabulary, MaskedClassesAndTheBlankCoverNothing) {
  const Vocabulary nko = Vocabulary::nko_blank_last();
  EXPECT_TRUE(is_bad_data("U+07FB", [&] { (void)nko.encode(encode_utf8(U'\u07FB'), "t"); }));
  EXPECT_TRUE(is_bad_data("U+003C", [&] { (void)nko.encode("<blank>", "t"); }));
  const Vocabulary v({"a", "ab", "b", "<blank>"}, 3, {1}, "v");
  EXPECT_EQ(v.encode("ab", "t"), (std::vector<std::int64_t>{0, 2}));
}

TEST(Vocabulary, EveryClassEncodesToItself) {
  for (const Vocabulary& v : {Vocabulary::nko_blank_last(), Vocabulary::nko_blank_first()}) {
    for (std::int64_t i = 0; i < static_cast<std::int64_t>(v.size()); ++i) {
      if (i == v.blank() || std::ranges::find(v.masked(), i) != v.masked().end()) continue;
      EXPECT_EQ(v.encode(v.text(i), "t"), std::vector<std::int64_t>{i});
    }
  }
}

TEST(Vocabulary, LongestClassWins) {
  const Vocabulary v({"a", "ab", "<blank>"}, 2, {}, "v");
  EXPECT_EQ(v.encode("aba", "t"), (std::vector<std::int64_t>{1, 0}));
}

TEST(Vocabulary, RefusesWhatDoesNotHoldTogether) {
  const auto parse = [](const char* json) { return [json] { (void)Vocabulary::parse(json, "vocab.json"); }; };
  EXPECT_TRUE(is_bad_data("vocab.json", parse(R"({"blank": 3, "classes": ["a", "b"]})")));
  EXPECT_TRUE(is_bad_data("classes[1]", parse(R"({"blank": 0, "classes": ["a", "a"]})")));
  EXPECT_TRUE(is_bad_data("classes[1]", parse(R"({"blank": 0, "classes": ["a", ""]})")));
  EXPECT_TRUE(is_bad_data("masked", parse(R"({"blank": 0, "classes": ["a", "b"], "masked": [0]})")));
  EXPECT_TRUE(is_bad_data("masked", parse(R"({"blank": 0, "classes": ["a", "b"], "masked": [7]})")));
  EXPECT_TRUE(is_bad_data("blank", parse(R"({"classes": ["a", "b"]})")));
  EXPECT_TRUE(is_bad_data("vocab.json", parse(R"({"blank": 0, "classes": ["a"]})")));
  EXPECT_TRUE(is_bad_data("other", parse(R"({"blank": 0, "classes": ["a", "b"], "other": 1})")));
  EXPECT_TRUE(is_bad_data("vocab.json", parse("[]")));
}

}  // namespace
}  // namespace seben::nko
