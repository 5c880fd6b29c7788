// SPDX-License-Identifier: Apache-2.0
#include "tensor/shape_product.h"

#include <gtest/gtest.h>

#include "tensor/view.h"

namespace seben::tensor {
namespace {

constexpr std::int64_t kHuge = std::int64_t{1} << 48;

TEST(CheckedElements, MultipliesWhatFits) {
  EXPECT_EQ(checked_elements(Shape{}), 1);
  EXPECT_EQ(checked_elements(Shape{2, 3, 4}), 24);
  EXPECT_EQ(checked_elements(Shape{2, 3}, 6), 6);
  EXPECT_EQ(checked_elements(Shape{kHuge, 1 << 14}), kHuge << 14);
  EXPECT_EQ(checked_elements(Shape{5, 0, 7}), 0);
  EXPECT_EQ(checked_bytes(Shape{3, 5}, DType::bf16), 30U);
  EXPECT_EQ(checked_bytes(Shape{}, DType::f64), 8U);
}

TEST(CheckedElements, RefusesWhatOverflowsInAnyPart) {
  EXPECT_EQ(checked_elements(Shape{2, 3}, 5), std::nullopt);
  EXPECT_EQ(checked_elements(Shape{2, -1}), std::nullopt);
  EXPECT_EQ(checked_elements(Shape{kHuge, kHuge}), std::nullopt);
  EXPECT_EQ(checked_elements(Shape{0, kHuge, kHuge}), std::nullopt);
  EXPECT_EQ(checked_elements(Shape{kHuge, 0, kHuge}), std::nullopt);
  EXPECT_EQ(checked_elements(Shape{kHuge, kHuge, 0}), std::nullopt);
  EXPECT_EQ(checked_bytes(Shape{kHuge, 1 << 14}, DType::f32), std::nullopt);
  EXPECT_EQ(checked_bytes(Shape{0, kHuge, 1 << 14}, DType::f32), std::nullopt);
}

}  // namespace
}  // namespace seben::tensor
