// SPDX-License-Identifier: Apache-2.0
#include "correct/edit_ops.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace seben::ctc {
namespace {

class EditOpsOfEverySet : public ::testing::TestWithParam<base::Isa> {
 protected:
  void SetUp() override {
    if (GetParam() > base::best_isa()) GTEST_SKIP() << "not on this processor";
  }
};

TEST_P(EditOpsOfEverySet, ExpIsRightTo14Digits) {
  const EditOps& ops = edit_ops(GetParam());
  std::vector<float> x(800000);
  for (std::size_t i = 0; i < x.size(); ++i) {
    // Half of them dense around 0, half over the whole range.
    const double place = static_cast<double>(i) / static_cast<double>(x.size());
    x[i] = static_cast<float>(i % 2 == 0 ? 4.0 * (place - 0.5) : 1370.0 * place - 665.0);
  }
  std::vector<double> y(x.size());
  const RowMass mass = ops.exp_row(x.data(), static_cast<std::int64_t>(x.size()), 0.5, y.data());
  double worst = 0.0, largest = 0.0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double expected = 0.5 * std::exp(static_cast<double>(x[i]));
    worst = std::max(worst, std::abs(y[i] / expected - 1.0));
    largest = std::max(largest, y[i]);
  }
  EXPECT_LT(worst, 1e-15);
  EXPECT_EQ(mass.largest, largest);
}

TEST_P(EditOpsOfEverySet, ExpAtItsEnds) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const std::vector<float> x{-kInfinity, -665.5F,   -1e30F, 0.0F,
                             709.5F,     kInfinity, -0.0F,  std::numeric_limits<float>::quiet_NaN()};
  std::vector<double> y(8);
  (void)edit_ops(GetParam()).exp_row(x.data(), 8, 1.0, y.data());
  EXPECT_EQ(std::vector<double>(y.begin(), y.begin() + 4), (std::vector<double>{0.0, 0.0, 0.0, 1.0}));
  EXPECT_EQ(y[4], std::numeric_limits<double>::infinity());
  EXPECT_EQ(y[5], std::numeric_limits<double>::infinity());
  EXPECT_EQ(y[6], 1.0);
  EXPECT_TRUE(std::isnan(y[7]));
}

// The bound of edit_tables.h takes what exp drops as below kFloor.
TEST(EditOps, ExpDropsNothingAboveTheFloor) { EXPECT_LT(std::exp(-665.43), kFloor); }

INSTANTIATE_TEST_SUITE_P(, EditOpsOfEverySet, ::testing::Values(base::Isa::plain, base::Isa::avx2, base::Isa::avx512),
                         [](const auto& suite) { return std::string(edit_ops(suite.param).name); });

}  // namespace
}  // namespace seben::ctc
