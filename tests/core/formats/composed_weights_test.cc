// SPDX-License-Identifier: Apache-2.0
#include "formats/composed_weights.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <thread>

#include "support/errors.h"
#include "support/temp_dir.h"

namespace seben::tensor {
namespace {

constexpr std::array<float, 4> kValues{1, 2, 3, 4};

TensorView head(const std::string& name) { return {name, "w", DType::f32, {2, 2}, nullptr}; }

// Counts how often it is asked.
Producer counting(int& count) {
  return [&count](const ByteSink& sink) {
    ++count;
    sink(std::as_bytes(std::span(kValues)).first(8));
    sink(std::as_bytes(std::span(kValues)).subspan(8));
  };
}

TEST(ComposedWeights, ComputesOnceAndOnlyWhatIsAskedFor) {
  int a = 0, b = 0;
  ComposedWeights weights("w", nullptr, nullptr);
  weights.add(head("a"), counting(a));
  weights.add(head("b"), counting(b));
  EXPECT_EQ(weights.peek("a")->shape, (Shape{2, 2}));
  EXPECT_EQ(weights.total_bytes(), 32U);
  EXPECT_EQ(a, 0);
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] { EXPECT_EQ(to_float(weights.require("a")), (std::vector<float>{1, 2, 3, 4})); });
  }
  threads.clear();
  EXPECT_EQ(a, 1);
  EXPECT_EQ(b, 0);
  EXPECT_EQ(weights.find("c"), nullptr);
  EXPECT_EQ(weights.peek("c"), nullptr);
  EXPECT_TRUE(test::is_bad_data("w: c: expected a tensor, found none",
                                [&] { weights.stream("c", [](std::span<const std::byte>) {}); }));
}

TEST(ComposedWeights, RefusesANameTwice) {
  int count = 0;
  ComposedWeights weights("w", nullptr, nullptr);
  weights.add(head("a"), counting(count));
  EXPECT_TRUE(test::is_bad_data("w: a: expected every tensor once, found it twice", [&] { weights.add(head("a")); }));
}

TEST(ComposedWeights, ATemporaryFolderThatIsMissingIsAnError) {
  const test::TempDir dir;
  const char* before = std::getenv("TMPDIR");
  const std::string kept = before == nullptr ? "" : before;
  int count = 0;
  ComposedWeights weights("w", nullptr, nullptr);
  weights.add(head("a"), counting(count));
  ::setenv("TMPDIR", (dir / "none").c_str(), 1);
  EXPECT_TRUE(test::fails_with(ErrorCategory::io, "w: expected a temporary file (TMPDIR), found No such file",
                               [&] { (void)weights.find("a"); }));
  ::setenv("TMPDIR", dir.str().c_str(), 1);
  EXPECT_EQ(to_float(weights.require("a"))[3], 4.0F);
  EXPECT_TRUE(std::filesystem::is_empty(dir.str()));  // unnamed
  if (before == nullptr) {
    ::unsetenv("TMPDIR");
  } else {
    ::setenv("TMPDIR", kept.c_str(), 1);
  }
}

TEST(ComposedWeights, AProducerThatStopsShortIsADefect) {
  ComposedWeights weights("w", nullptr, nullptr);
  weights.add(head("a"), [](const ByteSink& sink) { sink(std::as_bytes(std::span(kValues)).first(8)); });
  EXPECT_TRUE(
      test::fails_with(ErrorCategory::internal, "w: a: expected 16 bytes, found 8", [&] { (void)weights.find("a"); }));
}

}  // namespace
}  // namespace seben::tensor
