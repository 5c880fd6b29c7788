// SPDX-License-Identifier: Apache-2.0
#include "text/tokenizer/token_table.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>
#include <vector>

namespace seben::tokenizer {
namespace {

TEST(TokenTable, FindsWhatWasIndexedAndNothingElse) {
  std::mt19937 random(11);
  std::vector<std::string> tokens;
  for (int i = 0; i < 4000; ++i) {  // many of them twice, some empty, some with zeros inside
    std::string token;
    for (auto n = random() % 12; n > 0; --n) token += static_cast<char>(random() % 3);
    tokens.push_back(token);
  }
  TokenTable table(tokens);
  EXPECT_EQ(table.size(), tokens.size());
  EXPECT_EQ(table.find(tokens[7]), TokenTable::kNone) << "nothing is findable yet";
  std::map<std::string, std::int32_t> known;
  std::size_t longest = 0;
  for (std::int32_t id = 0; id < 4000; ++id) {
    const std::string& token = tokens[static_cast<std::size_t>(id)];
    EXPECT_EQ(table.bytes(id), token);
    if (id % 5 == 0) continue;  // not findable
    const auto [first, is_new] = known.emplace(token, id);
    EXPECT_EQ(table.index(id), is_new ? TokenTable::kNone : first->second);
    longest = std::max(longest, token.size());
  }
  EXPECT_EQ(table.longest(), longest);
  for (const std::string& token : tokens) {
    const auto found = known.find(token);
    EXPECT_EQ(table.find(token), found == known.end() ? TokenTable::kNone : found->second);
  }
  EXPECT_EQ(table.find("not there at all"), TokenTable::kNone);
}

TEST(TokenTable, OfNothing) {
  const TokenTable table({});
  EXPECT_EQ(table.size(), 0U);
  EXPECT_EQ(table.longest(), 0U);
  EXPECT_EQ(table.find(""), TokenTable::kNone);
}

}  // namespace
}  // namespace seben::tokenizer
