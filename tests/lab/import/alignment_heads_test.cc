// SPDX-License-Identifier: Apache-2.0
#include "import/alignment_heads.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/json.h"

namespace seben::models {
namespace {

TEST(AlignmentHeads, AreThoseOfOpenAisPackage) {
  const nlohmann::json published = base::read_json(SEBEN_SOURCE_DIR "/tests/fixtures/models/alignment_heads.json");
  EXPECT_EQ(published.size(), 12U);
  for (const auto& [name, row] : published.items()) {
    std::vector<whisper::AlignmentHead> should;
    for (const auto& pair : row["alignment_heads"]) should.push_back({pair[0], pair[1]});
    if (name == "large-v1" || name == "large-v2") should.clear();  // of the same sizes
    whisper::DecoderConfig config;
    config.layers = row["layers"];
    config.heads = row["heads"];
    config.vocabulary = row["vocabulary"];
    EXPECT_EQ(known_alignment_heads(config), should) << name;
    config.layers = 2;  // as Distil-Whispers have
    EXPECT_TRUE(known_alignment_heads(config).empty()) << name;
  }
}

}  // namespace
}  // namespace seben::models
