// SPDX-License-Identifier: Apache-2.0
#include "base/json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "support/errors.h"

namespace seben::base {
namespace {

using test::is_bad_data;

TEST(ParseJson, ReadsWhatRfc8259Allows) {
  const auto json = parse_json(R"({"a": [1, -2.5, true, null, "x\u07ca"], "b": {}})", "s");
  EXPECT_EQ(json["a"][4], "x\xdf\x8a");
}

// As editors of Windows write them.
TEST(ParseJson, MayBeginWithAByteOrderMarkAndEndLinesWithTwoCharacters) {
  EXPECT_EQ(parse_json("\uFEFF{\r\n\"a\": 1\r\n}\r\n", "s")["a"], 1);
  EXPECT_TRUE(is_bad_data("s: expected well-formed JSON", [] { (void)parse_json("{\"a\": \uFEFF1}", "s"); }));
}

TEST(ParseJson, RefusesEveryCutOfAText) {
  const std::string text = R"({"a":[1,{"b":"c"}],"d":true})";
  for (std::size_t size = 0; size < text.size(); ++size) {
    EXPECT_TRUE(is_bad_data("cut.json: ", [&] { (void)parse_json(text.substr(0, size), "cut.json"); })) << size;
  }
}

TEST(ParseJson, RefusesWhatIsNotStrict) {
  for (const char* text : {"", "{} x", "{\"a\":1,}", "[01]", "[NaN]", "[Infinity]", "[1e999]", "{'a':1}", "[\"\xff\"]",
                           "[\"\xc0\x80\"]", "[\"\xed\xa0\x80\"]", "[\"\\ud800\"]", "[\"\n\"]", "// c\n1", "[1 2]"}) {
    EXPECT_TRUE(is_bad_data("s: expected well-formed JSON", [&] { (void)parse_json(text, "s"); })) << text;
  }
}

TEST(ParseJson, RefusesDuplicateKeysAtEveryDepth) {
  EXPECT_TRUE(is_bad_data("\"a\" twice", [] { (void)parse_json(R"({"a":1,"a":2})", "s"); }));
  EXPECT_TRUE(is_bad_data("\"b\" twice", [] { (void)parse_json(R"([{"a":{"b":1,"c":2,"b":3}}])", "s"); }));
  EXPECT_NO_THROW((void)parse_json(R"({"a":{"a":1},"b":[{"a":1},{"a":2}]})", "s"));
}

TEST(ParseJson, BoundsDepthSizeAndCount) {
  const std::string deep = std::string(100'000, '[');
  EXPECT_TRUE(is_bad_data("nested at most 32 deep", [&] { (void)parse_json(deep, "s"); }));
  EXPECT_NO_THROW((void)parse_json("[[1]]", "s", {.max_depth = 2}));
  EXPECT_TRUE(is_bad_data("nested at most 2", [] { (void)parse_json("[[[]]]", "s", {.max_depth = 2}); }));
  EXPECT_TRUE(is_bad_data("at most 3 bytes", [] { (void)parse_json("[1,2]", "s", {.max_bytes = 3}); }));
  EXPECT_TRUE(is_bad_data("at most 2 JSON values", [] { (void)parse_json("[1,2]", "s", {.max_values = 2}); }));
}

TEST(ParseJson, RefusalsNameWhatTheyFound) {
  EXPECT_TRUE(
      is_bad_data("s: expected well-formed JSON, found parse error at line 1, column 2: syntax error while "
                  "parsing value - unexpected end of input",
                  [] { (void)parse_json("[", "s"); }));
  EXPECT_TRUE(is_bad_data("s: expected well-formed JSON, found number overflow parsing '1e999'",
                          [] { (void)parse_json("[1e999]", "s"); }));
  EXPECT_TRUE(is_bad_data("expected end of input", [] { (void)parse_json("{} x", "s"); }));
  EXPECT_TRUE(is_bad_data("ill-formed UTF-8 byte", [] { (void)parse_json("[\"\xff\"]", "s"); }));
  EXPECT_TRUE(is_bad_data("s: expected every key once, found \"a\\x0a\" twice",
                          [] { (void)parse_json(R"({"a\n":[{}],"a\n":2})", "s"); }));
}

TEST(ParseJson, KeepsEveryKindOfValueAtEveryPlace) {
  const std::string text =
      R"({"a":[[],{},[null,true,-1,18446744073709551615,0.5,"t"]],"b":{"c":{"d":[{"e":[1]},2]}},"f":null,"g":[]})";
  EXPECT_EQ(parse_json(text, "s").dump(), text);
  EXPECT_EQ(parse_json("7", "s"), 7);
}

// Objects within an object: the library's callback parser walks all of the outer one's members after each of the inner
// ones, 2 * 10^10 steps here. The test's time-out is far below that, and far above what one walk takes.
TEST(ParseJson, TakesTimeInProportionToTheMembers) {
  constexpr std::size_t kMembers = 200'000;
  std::string text = "{";
  for (std::size_t i = 0; i < kMembers; ++i) {
    text.append(i == 0 ? "\"" : ",\"").append(std::to_string(i)).append(R"(":{"shape":[1],"data_offsets":[0,4]})");
  }
  text += "}";
  EXPECT_EQ(parse_json(text, "s").size(), kMembers);
  std::string array = "[";
  for (std::size_t i = 0; i < kMembers; ++i) array.append(i == 0 ? "[{}]" : ",[{}]");
  EXPECT_EQ(parse_json(array + "]", "s").size(), kMembers);
}

TEST(JsonReader, NamesTheFieldOfEveryMismatch) {
  const auto json =
      parse_json(R"({"a":{"list":[{"n":"x"}],"big":18446744073709551615,"half":0.5},"odd key":1})", "f.json");
  const JsonReader reader(json, "f.json");
  EXPECT_TRUE(is_bad_data("f.json: a.list[0].n: expected a whole number from 0 to 9, found \"x\"",
                          [&] { (void)reader.object("a").array("list")[0].integer("n", 0, 9); }));
  EXPECT_TRUE(is_bad_data("f.json: b: expected a value, found nothing", [&] { (void)reader.string("b"); }));
  EXPECT_TRUE(is_bad_data("f.json: a: expected a string, found an object", [&] { (void)reader.string("a"); }));
  EXPECT_TRUE(is_bad_data("f.json[\"odd key\"]", [&] { (void)reader.string("odd key"); }) ||
              is_bad_data("f.json: [\"odd key\"]", [&] { (void)reader.string("odd key"); }));
  EXPECT_TRUE(is_bad_data("a.big", [&] { (void)reader.object("a").integer("big", 0, INT64_MAX); }));
  EXPECT_TRUE(is_bad_data("a.half", [&] { (void)reader.object("a").integer("half", 0, 9); }));
  EXPECT_TRUE(is_bad_data("at most 0 elements", [&] { (void)reader.object("a").array("list", 0); }));
  EXPECT_TRUE(is_bad_data("no such key", [&] { reader.refuse_unknown_keys({"a"}); }));
  EXPECT_TRUE(is_bad_data("f.json: expected an array", [&] { (void)reader.as_array(); }));
}

TEST(JsonReader, OptionalMembersFallBackOnlyWhenAbsent) {
  const auto json = parse_json(R"({"n":3,"s":"t","b":true,"x":1.5,"null":null})", "s");
  const JsonReader reader(json, "s");
  EXPECT_EQ(reader.integer_or("n", 7, 0, 9), 3);
  EXPECT_EQ(reader.integer_or("null", 7, 0, 9), 7);
  EXPECT_EQ(reader.string_or("s", "u"), "t");
  EXPECT_EQ(reader.string_or("q", "u"), "u");
  EXPECT_TRUE(reader.boolean_or("b", false));
  EXPECT_EQ(reader.number_or("x", 0.0), 1.5);
  EXPECT_TRUE(is_bad_data("s: s", [&] { (void)reader.integer_or("s", 7, 0, 9); }));
}

TEST(JsonReader, MessagesStayOnOnePrintableLine) {
  const auto json = parse_json(R"({"a":"\u001b[31m\nred"})", "s");
  EXPECT_TRUE(is_bad_data("\\x1b[31m\\x0ared", [&] { (void)JsonReader(json, "s").integer("a", 0, 1); }));
}

}  // namespace
}  // namespace seben::base
