// SPDX-License-Identifier: Apache-2.0
#include "tensor/view.h"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <limits>

#include "support/errors.h"

namespace seben::tensor {
namespace {

using test::is_bad_data;

template <class T, std::size_t N>
TensorView view_of(const std::array<T, N>& values, DType dtype) {
  return {"w", "f", dtype, {static_cast<std::int64_t>(N)}, reinterpret_cast<const std::byte*>(values.data())};
}

TEST(ToFloat, ReadsTheFourFloatTypes) {
  EXPECT_EQ(to_float(view_of(std::array{1.5F, -2.0F}, DType::f32)), (std::vector{1.5F, -2.0F}));
  EXPECT_EQ(to_float(view_of(std::array{1.5, -2.0}, DType::f64)), (std::vector{1.5F, -2.0F}));
  EXPECT_EQ(to_float(view_of(std::array<std::uint16_t, 2>{0x3e00, 0xc000}, DType::f16)), (std::vector{1.5F, -2.0F}));
  EXPECT_EQ(to_float(view_of(std::array<std::uint16_t, 2>{0x3fc0, 0xc000}, DType::bf16)), (std::vector{1.5F, -2.0F}));
}

TEST(ToFloat, ReadsUnalignedBytes) {
  std::array<std::byte, 9> bytes{};
  const std::array values{3.25F, -7.0F};
  std::memcpy(bytes.data() + 1, values.data(), 8);
  EXPECT_EQ(to_float({"w", "f", DType::f32, {2}, bytes.data() + 1}), (std::vector{3.25F, -7.0F}));
}

TEST(ToFloat, RefusesNonFiniteValuesByIndex) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float infinity = std::numeric_limits<float>::infinity();
  EXPECT_TRUE(is_bad_data("f: w: expected finite values, found nan at element 2", [&] {
    (void)to_float(view_of(std::array{0.0F, 1.0F, nan}, DType::f32));
  }));
  EXPECT_TRUE(is_bad_data("-inf at element 0", [&] { (void)to_float(view_of(std::array{-infinity}, DType::f32)); }));
  EXPECT_TRUE(is_bad_data("inf at element 0", [&] { (void)to_float(view_of(std::array{1e300}, DType::f64)); }));
  EXPECT_TRUE(is_bad_data("at element 1", [&] {
    (void)to_float(view_of(std::array<std::uint16_t, 2>{0, 0x7c00}, DType::f16));
  }));
}

TEST(ToFloat, RefusesOtherTypesAndWrongRoom) {
  EXPECT_TRUE(is_bad_data("found I32", [] { (void)to_float(view_of(std::array{1, 2}, DType::i32)); }));
  std::array<float, 1> out{};
  EXPECT_TRUE(test::fails_with(ErrorCategory::internal, "room for 2", [&] {
    to_float(view_of(std::array{1.0F, 2.0F}, DType::f32), out);
  }));
}

TEST(RequireShape, ShowsBothShapes) {
  const auto view = view_of(std::array{1.0F, 2.0F}, DType::f32);
  EXPECT_NO_THROW(require_shape(view, {2}));
  EXPECT_TRUE(is_bad_data("expected shape [1, 2], found shape [2]", [&] { require_shape(view, {1, 2}); }));
}

}  // namespace
}  // namespace seben::tensor
