// SPDX-License-Identifier: Apache-2.0
#include "fit/rows.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/file.h"
#include "formats/npy.h"
#include "support/errors.h"
#include "support/temp_dir.h"

namespace seben::correction {
namespace {

using test::fails_with;

// U+07D3 U+07CA: "ba".
constexpr const char* kBa = "\u07d3\u07ca";

class RowsTest : public ::testing::Test {
 protected:
  std::string write(const std::string& text) {
    base::write_text(dir / "rows.jsonl", text);
    return dir / "rows.jsonl";
  }
  std::string write_array(const std::vector<float>& values, tensor::Shape shape) {
    tensor::TensorView view;
    view.shape = std::move(shape);
    view.data = reinterpret_cast<const std::byte*>(values.data());
    tensor::write_npy(dir / "a.npy", view);
    return dir / "a.npy";
  }
  test::TempDir dir;
  nko::Vocabulary small{{"a", "b", "_"}, 2, {}, "test"};
};

TEST_F(RowsTest, WhatIsWrittenIsReadAgain) {
  Row row;
  row.id = "one";
  row.hypothesis = kBa;
  row.reference = std::string(kBa) + " " + kBa;
  row.condition = "noisy";
  row.frames = "x.npy";
  const auto rows = read_rows(write(to_line(row) + "\n" + R"({"id":"two","hypothesis":"","logits":"/y.npy"})"));
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].hypothesis, row.hypothesis);
  EXPECT_EQ(rows[0].reference, row.reference);
  EXPECT_EQ(rows[0].condition, "noisy");
  EXPECT_EQ(rows[0].frames, dir / "x.npy");
  EXPECT_FALSE(rows[0].logits);
  EXPECT_EQ(rows[1].frames, "/y.npy");
  EXPECT_TRUE(rows[1].logits);
  EXPECT_FALSE(rows[1].reference.has_value());
}

TEST_F(RowsTest, EveryDefectNamesItsLineAndField) {
  EXPECT_TRUE(fails_with(ErrorCategory::bad_data, "at least one row", [&] { (void)read_rows(write("")); }));
  EXPECT_TRUE(fails_with(ErrorCategory::bad_data, "hypothesis", [&] { (void)read_rows(write("{\"id\":\"a\"}\n")); }));
  EXPECT_TRUE(fails_with(ErrorCategory::bad_data, "line 3", [&] { (void)read_rows(write("\n\nnonsense\n")); }));
  EXPECT_TRUE(fails_with(ErrorCategory::bad_data, "line 2: id", [&] {
    (void)read_rows(write("{\"id\":\"a\",\"hypothesis\":\"\"}\n{\"id\":\"a\",\"hypothesis\":\"\"}\n"));
  }));
  EXPECT_TRUE(fails_with(ErrorCategory::bad_data, "either logits or log_probs", [&] {
    (void)read_rows(write(R"({"id":"a","hypothesis":"","logits":"x","log_probs":"y"})"));
  }));
  EXPECT_TRUE(fails_with(ErrorCategory::no_input, "missing", [&] { (void)read_rows(dir / "missing"); }));
}

TEST_F(RowsTest, LogitsAreNormalisedAndLogProbabilitiesMustBe) {
  const auto path = write_array({0, 0, 0, 5, 0, 0}, {1, 2, 3});
  const ctc::LogProbs read = read_log_probs(path, true, small);
  EXPECT_EQ(read.frames, 2);
  EXPECT_NEAR(read.values[0], -std::log(3.0F), 1e-6);
  EXPECT_TRUE(fails_with(ErrorCategory::bad_data, "sum to 1", [&] { (void)read_log_probs(path, false, small); }));
}

TEST_F(RowsTest, LogProbabilitiesMayBeMinusInfinityButNotNan) {
  const float never = -std::numeric_limits<float>::infinity();
  EXPECT_EQ(read_log_probs(write_array({never, 0, never}, {1, 3}), false, small).values[0], never);
  EXPECT_TRUE(fails_with(ErrorCategory::bad_data, "sum to 1", [&] {
    (void)read_log_probs(write_array({std::nanf(""), 0, never}, {1, 3}), false, small);
  }));
}

TEST_F(RowsTest, OtherShapesAreRefusedWithBothSides) {
  EXPECT_TRUE(fails_with(ErrorCategory::bad_data, "[1, 2]", [&] {
    (void)read_log_probs(write_array({0, 0}, {1, 2}), false, small);
  }));
  EXPECT_TRUE(fails_with(ErrorCategory::bad_data, "shape", [&] {
    (void)read_log_probs(write_array({0, 0, 0, 0, 0, 0}, {2, 1, 3}), true, small);
  }));
}

}  // namespace
}  // namespace seben::correction
