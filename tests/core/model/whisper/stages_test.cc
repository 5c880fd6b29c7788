// SPDX-License-Identifier: Apache-2.0
#include "model/whisper/stages.h"

#include <gtest/gtest.h>

#include "support/errors.h"

namespace seben::whisper {
namespace {

EncoderConfig with_layers(std::int64_t layers) { return {80, 16, layers, 2, 32, 20}; }

::testing::AssertionResult is_refused(std::string_view list, std::string_view because) {
  return test::fails_with(ErrorCategory::usage, because,
                          [&] { static_cast<void>(parse_stages(list, with_layers(4))); });
}

TEST(Stages, ParseAndPrint) {
  const auto stages = parse_stages("convpos,0-2,3,finalnorm", with_layers(4));
  ASSERT_EQ(stages.size(), 4U);
  EXPECT_EQ(stages[1], (Stage{StageKind::layers, 0, 2}));
  EXPECT_EQ(stages[2], (Stage{StageKind::layers, 3, 3}));
  std::string printed;
  for (const Stage& stage : stages) printed += to_string(stage) + ",";
  EXPECT_EQ(printed, "convpos,0-2,3,finalnorm,");
}

TEST(Stages, SingleStagesCoverTheEncoder) {
  const auto stages = single_stages(with_layers(3));
  ASSERT_EQ(stages.size(), 5U);
  std::string printed;
  for (const Stage& stage : stages) printed += (printed.empty() ? "" : ",") + to_string(stage);
  EXPECT_EQ(parse_stages(printed, with_layers(3)), stages);
}

TEST(Stages, RefuseListsThatDoNotCoverTheEncoder) {
  EXPECT_TRUE(is_refused("", "convpos"));
  EXPECT_TRUE(is_refused("convpos", "finalnorm last"));
  EXPECT_TRUE(is_refused("0-3,finalnorm", "convpos first"));
  EXPECT_TRUE(is_refused("convpos,0-2,finalnorm", "4 layers"));
  EXPECT_TRUE(is_refused("convpos,0-4,finalnorm", "4 layers"));
  EXPECT_TRUE(is_refused("convpos,0-1,1-3,finalnorm", "layers from 2"));
  EXPECT_TRUE(is_refused("convpos,1-3,finalnorm", "layers from 0"));
  EXPECT_TRUE(is_refused("convpos,3-0,finalnorm", "layers from 0"));
  EXPECT_TRUE(is_refused("convpos,0-3,finalnorm,finalnorm", "layers from 4"));
}

TEST(Stages, RefuseUnknownWords) {
  EXPECT_TRUE(is_refused("convpos,,finalnorm", "\"\""));
  EXPECT_TRUE(is_refused("convpos,a-3,finalnorm", "a-3"));
  EXPECT_TRUE(is_refused("convpos,0-,finalnorm", "0-"));
  EXPECT_TRUE(is_refused("convpos,0-3x,finalnorm", "0-3x"));
  EXPECT_TRUE(is_refused("convpos,-1,finalnorm", "-1"));
  EXPECT_TRUE(is_refused("convpos,0-99999999999999999999,finalnorm", "99999999999999999999"));
}

}  // namespace
}  // namespace seben::whisper
