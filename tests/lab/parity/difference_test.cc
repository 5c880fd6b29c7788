// SPDX-License-Identifier: Apache-2.0
#include "parity/difference.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "support/errors.h"

namespace seben::parity {
namespace {

constexpr float kNoNumber = std::numeric_limits<float>::quiet_NaN();

TEST(Difference, OfKnownVectors) {
  const std::vector<float> a{1.0F, 2.0F, 2.0F}, b{1.0F, 2.0F, 5.0F}, zero{0.0F, 0.0F, 0.0F};
  const Difference d = difference(a, b);
  EXPECT_DOUBLE_EQ(d.mse, 3.0);
  EXPECT_DOUBLE_EQ(d.max_abs, 3.0);
  EXPECT_NEAR(d.cosine, 15.0 / (3.0 * std::sqrt(30.0)), 1e-12);
  EXPECT_DOUBLE_EQ(d.mean_square, 10.0);
  EXPECT_DOUBLE_EQ(d.share, 0.3);
  EXPECT_DOUBLE_EQ(d.error, std::sqrt(0.3));
  EXPECT_DOUBLE_EQ(difference(zero, zero).cosine, 1.0);
  EXPECT_DOUBLE_EQ(difference(zero, zero).error, 0.0);
  EXPECT_DOUBLE_EQ(difference(a, zero).cosine, 0.0);
  EXPECT_DOUBLE_EQ(difference(a, zero).error, 1e30);
  EXPECT_DOUBLE_EQ(difference(a, zero).share, 3.0);  // a mean square below 1 counts as 1
  const std::vector<float> bad{1.0F, kNoNumber, 2.0F};
  EXPECT_TRUE(std::isnan(difference(bad, b).mse));
  EXPECT_TRUE(std::isnan(difference(bad, b).max_abs));
  EXPECT_TRUE(test::fails_with(ErrorCategory::internal, "expected 2 values, found 3", [&] {
    (void)difference(a, std::vector<float>{1.0F, 2.0F});
  }));
}

TEST(Difference, ChangedClassesAreCountedFrameByFrame) {
  const std::vector<float> a{1.0F, 2.0F, 3.0F, 0.0F, 5.0F, 5.0F}, b{0.0F, 9.0F, 0.0F, 1.0F, 5.0F, 4.0F};
  const Classes found = changed_classes(a, b, 2);
  EXPECT_EQ(found.frames, 3);
  EXPECT_EQ(found.changes, 1);  // of equal ones the first is the best
  EXPECT_TRUE(test::fails_with(ErrorCategory::internal, "4 classes", [&] { (void)changed_classes(a, b, 4); }));
}

TEST(Figures, KeepTheWorstAndNeverTheUnknown) {
  const std::vector<float> ones{1.0F, 1.0F}, twos{2.0F, 2.0F}, bad{1.0F, kNoNumber};
  Figures figures;
  figures.add(ones, twos);
  figures.add(ones, ones);
  EXPECT_DOUBLE_EQ(figures.mse, 1.0);
  EXPECT_DOUBLE_EQ(figures.share, 0.25);
  EXPECT_DOUBLE_EQ(figures.mean_square, 4.0);
  figures.add({3, 1});
  figures.add({4, 0});
  EXPECT_EQ(figures.frames, 7);
  EXPECT_EQ(figures.argmax_changes, 1);
  figures.add(bad, ones);
  EXPECT_TRUE(std::isinf(figures.mse) && std::isinf(figures.error));
  EXPECT_DOUBLE_EQ(figures.cosine, -1.0);
}

}  // namespace
}  // namespace seben::parity
