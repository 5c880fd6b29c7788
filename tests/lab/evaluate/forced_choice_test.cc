// SPDX-License-Identifier: Apache-2.0
// Evaluations with words of a list.
#include <gtest/gtest.h>

#include <cmath>

#include "evaluate/eval_report.h"
#include "evaluate/evaluation.h"
#include "support/temp_dir.h"

namespace seben::pipeline {
namespace {

const std::string kDemo = SEBEN_SOURCE_DIR "/bundles/demo-nko";

TEST(EvalChoices, AccuracyLeavesOutWhatTheListDoesNotHave) {
  const EvalChoices c{"all", 8, 1, 1, 5, 3};
  EXPECT_DOUBLE_EQ(c.accuracy(), 0.8);
  const auto [low, high] = c.interval();  // Wilson: 0.4902, 0.9433
  EXPECT_NEAR(low, 0.4902, 1e-4);
  EXPECT_NEAR(high, 0.9433, 1e-4);
  EXPECT_FALSE((EvalChoices{"all", 0, 0, 0, 5, 3}.any()));
}

TEST(EvalChoices, CountsEveryOutcome) {
  const test::TempDir dir;
  const auto rows = read_eval_manifest(kDemo + "/samples/manifest.tsv");
  ASSERT_GE(rows.size(), 4U);
  // What two recordings say, and a word that nobody says.
  test::write_file(dir / "words.txt", rows[0].reference + "\n" + rows[1].reference + "\n\u07D3\u07CA\u07D3\u07CA\n");
  EvalOptions options;
  options.ctc.words = dir / "words.txt";
  const auto bundle = bundle::Bundle::open(kDemo);
  const Evaluation result = evaluate(bundle, options, {rows[0], rows[1], rows[2]}, {});
  ASSERT_FALSE(result.choices.empty());
  EXPECT_EQ(result.modes, std::vector<std::string>{"off"});
  EXPECT_EQ(result.decoder, "forced");
  const EvalChoices& all = result.choices.back();
  EXPECT_EQ(all.right, 2);
  EXPECT_EQ(all.wrong + all.none, 0);
  EXPECT_EQ(all.unlisted + all.unlisted_refused, 1);
  EXPECT_EQ(result.utterances[0].choice, ChoiceOutcome::right);
  EXPECT_NE(eval_table(result).find("forced choice"), std::string::npos);
  EXPECT_NE(eval_page(result, "manifest.tsv").find("Forced choice"), std::string::npos);
}

}  // namespace
}  // namespace seben::pipeline
