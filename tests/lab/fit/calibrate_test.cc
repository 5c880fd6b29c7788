// SPDX-License-Identifier: Apache-2.0
#include "fit/calibrate.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "support/errors.h"

namespace seben::correction {
namespace {

Trajectory one_edit(std::int64_t before, std::int64_t after, double probability) {
  return {{before, after}, {probability}, 10};
}

TEST(UpperBound, AgreesWithTables) {
  // One-sided 95 % Clopper-Pearson, which are the upper ends of two-sided 90 % intervals.
  EXPECT_NEAR(upper_bound(0, 100, 0.95), 0.02951, 5e-6);
  EXPECT_NEAR(upper_bound(0, 10, 0.95), 0.25887, 5e-6);
  EXPECT_NEAR(upper_bound(1, 10, 0.95), 0.39416, 5e-6);
  EXPECT_NEAR(upper_bound(5, 10, 0.95), 0.77756, 5e-6);
  EXPECT_NEAR(upper_bound(1, 20, 0.95), 0.21611, 5e-6);
  EXPECT_NEAR(upper_bound(2, 10, 0.975), 0.55610, 5e-6);  // of the two-sided 95 % interval
}

TEST(UpperBound, OfNoEventHasAClosedForm) {
  for (const std::int64_t n : {1, 7, 400, 100'000}) {
    EXPECT_NEAR(upper_bound(0, n, 0.95), 1.0 - std::pow(0.05, 1.0 / static_cast<double>(n)), 1e-9);
  }
}

TEST(UpperBound, EndsAndOrder) {
  EXPECT_EQ(upper_bound(5, 5, 0.95), 1.0);
  EXPECT_EQ(upper_bound(0, 0, 0.95), 1.0);
  for (std::int64_t events = 0; events < 50; ++events) {
    EXPECT_LT(upper_bound(events, 50, 0.95), upper_bound(events + 1, 50, 0.95) + 1e-15);
    EXPECT_GT(upper_bound(events, 50, 0.95), static_cast<double>(events) / 50.0);
    EXPECT_LT(upper_bound(events, 50, 0.9), upper_bound(events, 50, 0.95) + 1e-15);
  }
}

TEST(TrajectoryTest, GoesAsFarAsTheThresholdLets) {
  const Trajectory t{{5, 4, 4, 3}, {0.9, 0.6, 0.6}, 10};
  EXPECT_EQ(t.errors_at(2.0), 5);
  EXPECT_EQ(t.errors_at(0.9), 4);
  EXPECT_EQ(t.errors_at(0.7), 4);
  EXPECT_EQ(t.errors_at(0.6), 3);
  EXPECT_EQ(t.errors_at(0.0), 3);
  EXPECT_EQ((Trajectory{{2}, {}, 4}.errors_at(0.0)), 2);
}

TEST(OperatingPointTest, CountsByHand) {
  const std::vector<Trajectory> all{one_edit(3, 2, 0.9), one_edit(3, 4, 0.5), one_edit(2, 2, 0.7), {{1}, {}, 10}};
  const OperatingPoint p = operating_point(all, 0.5, 0.95);
  EXPECT_EQ(p.better, 1);
  EXPECT_EQ(p.same, 2);
  EXPECT_EQ(p.worse, 1);
  EXPECT_EQ(p.changed, 3);
  EXPECT_DOUBLE_EQ(p.cer, 9.0 / 40.0);
  EXPECT_EQ(p.worse_bound, upper_bound(1, 4, 0.95));
  const OperatingPoint never = operating_point(all, 2.0, 0.95);
  EXPECT_EQ(never.same, 4);
  EXPECT_EQ(never.changed, 0);
  EXPECT_DOUBLE_EQ(never.cer, 9.0 / 40.0);
}

TEST(Calibrate, ModesByHand) {
  // 0.9: 190 better; 0.8: one worse; 0.7: 20 better; 0.6: 10 worse and 9 better, so a loss; 0.5: much harm.
  std::vector<Trajectory> all;
  const auto add = [&](int count, const Trajectory& t) { all.insert(all.end(), static_cast<std::size_t>(count), t); };
  add(190, one_edit(2, 1, 0.9));
  add(1, one_edit(1, 2, 0.8));
  add(20, one_edit(2, 1, 0.7));
  add(10, one_edit(1, 2, 0.6));
  add(9, one_edit(2, 1, 0.6));
  add(100, one_edit(1, 2, 0.5));
  add(670, {{1}, {}, 10});
  ASSERT_EQ(all.size(), 1000U);
  CalibrationOptions options;
  const Calibration found = calibrate(all, options);
  ASSERT_EQ(found.curve.size(), 6U);
  EXPECT_EQ(found.curve[0].threshold, 2.0);
  EXPECT_EQ(found.curve[2].worse, 1);
  // Bounds: 0 of 1000 0.0030, 1 of 1000 0.0047, 11 of 1000 0.0181, 111 of 1000 0.129.
  EXPECT_EQ(found.thresholds[0], 0.6);  // 208 of 209 won errors left: within 5 %
  EXPECT_EQ(found.thresholds[1], 0.7);
  EXPECT_EQ(found.thresholds[2], 0.7);  // 0.6 would keep the limit, but balanced is shyer
  EXPECT_EQ(found.thresholds[3], 0.7);
  options.preservation_worse = 0.004;
  EXPECT_EQ(calibrate(all, options).thresholds[3], 0.9);
  options.preservation_worse = 0.001;
  EXPECT_EQ(calibrate(all, options).thresholds[3], 2.0);
  options.plateau = 0.0;
  EXPECT_EQ(calibrate(all, options).thresholds[0], 0.7);
  options.conservative_worse = 0.004;
  EXPECT_EQ(calibrate(all, options).thresholds[2], 0.9);
}

TEST(Calibrate, EditsThatChangeNothingAreForTheBoldAlone) {
  std::vector<Trajectory> all(50, one_edit(2, 1, 0.7));
  all.resize(100, one_edit(2, 2, 0.6));
  const auto found = calibrate(all, {0.05, 0.05, 0.95, 0.0});
  EXPECT_EQ(found.thresholds[0], 0.6);
  EXPECT_EQ(found.thresholds[1], 0.7);
}

TEST(Calibrate, ALimitThatIsBrokenOnTheWayDownStaysBroken) {
  // At 0.8 ten first edits harm; at 0.7 a second one mends them.
  std::vector<Trajectory> all(90, one_edit(2, 1, 0.9));
  all.resize(100, Trajectory{{1, 2, 0}, {0.8, 0.7}, 10});
  const auto found = calibrate(all, {0.05, 0.05, 0.95, 0.05});
  EXPECT_EQ(found.thresholds[1], 0.7);
  EXPECT_EQ(found.thresholds[2], 0.9);
}

TEST(Calibrate, ThresholdsNeverFallFromBoldToShy) {
  std::mt19937 random(4);
  std::uniform_real_distribution<double> uniform;
  for (int round = 0; round < 200; ++round) {
    std::vector<Trajectory> all;
    for (std::size_t i = 1 + random() % 60; i > 0; --i) {
      Trajectory t{{static_cast<std::int64_t>(random() % 6)}, {}, 10};
      double reach = 1.0;
      for (std::size_t e = random() % 4; e > 0; --e) {
        reach *= uniform(random);
        t.reach.push_back(reach);
        t.errors.push_back(std::max<std::int64_t>(0, t.errors.back() + static_cast<std::int64_t>(random() % 3) - 1));
      }
      all.push_back(std::move(t));
    }
    const Calibration found = calibrate(all, {0.2, 0.1, 0.95, 0.05});
    for (std::size_t m = 1; m < found.thresholds.size(); ++m) {
      EXPECT_LE(found.thresholds[m - 1], found.thresholds[m]);
    }
    for (std::size_t i = 1; i < found.curve.size(); ++i) {
      EXPECT_LT(found.curve[i].threshold, found.curve[i - 1].threshold);
    }
    const auto at = [&](Mode mode) {
      return operating_point(all, found.thresholds[static_cast<std::size_t>(mode)], 0.95);
    };
    for (const OperatingPoint& point : found.curve) EXPECT_GE(point.cer, at(Mode::balanced).cer);
    if (found.thresholds[2] <= 1.0) {
      EXPECT_LE(at(Mode::conservative).worse_bound, 0.2);
    }
    if (found.thresholds[3] <= 1.0) {
      EXPECT_LE(at(Mode::preservation).worse_bound, 0.1);
    }
  }
}

TEST(Calibrate, WhenEveryEditHarmsNoModeEdits) {
  const std::vector<Trajectory> all(500, one_edit(1, 2, 0.9));
  for (const double threshold : calibrate(all, {}).thresholds) EXPECT_EQ(threshold, 2.0);
}

TEST(Calibrate, TooFewUtterancesLeaveTheShyModesShut) {
  // 0 of 20 worse bounds the share at 14 % only.
  const auto found = calibrate(std::vector<Trajectory>(20, one_edit(2, 1, 0.9)), {});
  EXPECT_EQ(found.thresholds[1], 0.9);
  EXPECT_EQ(found.thresholds[2], 2.0);
  EXPECT_EQ(found.thresholds[3], 2.0);
}

TEST(Calibrate, NeedsUtterances) {
  EXPECT_TRUE(test::is_bad_data("calibration", [] { (void)calibrate({}, {}); }));
}

}  // namespace
}  // namespace seben::correction
