// SPDX-License-Identifier: Apache-2.0
#include "base/flat_json.h"

#include <gtest/gtest.h>

#include "support/errors.h"

namespace seben::base {
namespace {

using test::is_bad_data;

nlohmann::json parse(const std::string& text, FlatMembers& members, const JsonLimits& limits = {}) {
  members.clear();
  return parse_json_flat(text, "f.json", limits, "model", "vocab", members);
}

TEST(FlatJson, KeepsTheMembersAsAListAndTheRestAsATree) {
  FlatMembers members;
  const auto json = parse(R"({"vocab":{"x":9},"model":{"type":"BPE","vocab":{"b":1,"a":{"vocab":[2]},"c":[3,{"d":4}]},)"
                          R"("model":{"vocab":{"y":5}}},"after":[1]})",
                          members);
  EXPECT_EQ(json, parse_json(R"({"vocab":{"x":9},"model":{"type":"BPE","vocab":{},"model":{"vocab":{"y":5}}},)"
                             R"("after":[1]})",
                             "s"));
  ASSERT_EQ(members.size(), 3U);
  EXPECT_EQ(members[0].first, "b");
  EXPECT_EQ(members[0].second, 1);
  EXPECT_EQ(members[1].second, parse_json(R"({"vocab":[2]})", "s"));
  EXPECT_EQ(members[2].second, parse_json(R"([3,{"d":4}])", "s"));
}

TEST(FlatJson, WhatIsNoObjectOrNotThereIsLeftToTheReader) {
  FlatMembers members;
  for (const char* text : {"[]", "{}", "3", R"({"model":{}})", R"({"model":[{"vocab":{"a":1}}]})",
                           R"({"model":{"vocab":[{"a":1}]}})", R"({"model":{"vocab":7,"other":{"a":1}}})"}) {
    EXPECT_EQ(parse(text, members), parse_json(text, "s")) << text;
    EXPECT_TRUE(members.empty()) << text;
  }
}

TEST(FlatJson, IsAsStrictAsATree) {
  FlatMembers members;
  EXPECT_TRUE(is_bad_data("f.json: expected every key once, found \"a\" twice",
                          [&] { (void)parse(R"({"model":{"vocab":{"a":1,"b":2,"a":1}}})", members); }));
  EXPECT_TRUE(is_bad_data("\"c\" twice", [&] { (void)parse(R"({"model":{"vocab":{"a":{"c":1,"c":2}}}})", members); }));
  EXPECT_TRUE(is_bad_data("\"vocab\" twice", [&] { (void)parse(R"({"model":{"vocab":{},"vocab":{}}})", members); }));
  EXPECT_TRUE(is_bad_data("at most 5 JSON values",
                          [&] { (void)parse(R"({"model":{"vocab":{"a":1,"b":2}}})", members, {.max_values = 5}); }));
  EXPECT_TRUE(is_bad_data("at most 8 bytes", [&] { (void)parse(R"({"model":{}})", members, {.max_bytes = 8}); }));
  const std::string text = R"({"model":{"vocab":{"a":1,"b":2},"merges":["a b"]}})";
  for (std::size_t size = 0; size < text.size(); ++size) {
    EXPECT_TRUE(is_bad_data("f.json: ", [&] { (void)parse(text.substr(0, size), members); })) << size;
  }
}

TEST(FlatJson, ManyMembersAreDistinct) {
  std::string text = R"({"model":{"vocab":{)";
  for (int i = 0; i < 20'000; ++i) text += (i == 0 ? "\"k" : ",\"k") + std::to_string(i) + "\":" + std::to_string(i);
  FlatMembers members;
  (void)parse(text + "}}}", members);
  EXPECT_EQ(members.size(), 20'000U);
  EXPECT_TRUE(is_bad_data("\"k7\" twice", [&] { (void)parse(text + ",\"k7\":0}}}", members); }));
}

}  // namespace
}  // namespace seben::base
