// SPDX-License-Identifier: Apache-2.0
#include "mil/type.h"

#include <gtest/gtest.h>

#include "support/errors.h"

namespace seben::mil {
namespace {

TEST(MilType, CountsItsElements) {
  EXPECT_EQ((Type{DType::fp32, {2, 3, 4}}.elements()), 24);
  EXPECT_EQ((Type{DType::fp32, {}}.elements()), 1);
  EXPECT_EQ((Type{DType::fp32, {4, 0}}.elements()), 0);
}

// Whoever walks such a tensor multiplies its strides.
TEST(MilType, AShapeThatOverflowsBesideAZeroIsRefused) {
  constexpr std::int64_t kHuge = std::int64_t{1} << 40;
  for (const Shape& shape : {Shape{kHuge, kHuge}, Shape{0, kHuge, kHuge}, Shape{kHuge, kHuge, 0}, Shape{2, kUnknown}}) {
    EXPECT_TRUE(test::is_bad_data("tensor: shape: expected known dimensions with at most 2^48 elements", [&] {
      (void)Type{DType::fp32, shape}.elements();
    }));
  }
}

}  // namespace
}  // namespace seben::mil
