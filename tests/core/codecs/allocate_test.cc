// SPDX-License-Identifier: Apache-2.0
#include "codecs/allocate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "codecs/splitmix.h"
#include "support/errors.h"

namespace seben::quant {
namespace {

TEST(Allocate, GivesBytesWhereTheyHelpMost) {
  const std::vector<std::vector<Choice>> items{{{4, 1.0}, {8, 0.1}}, {{4, 10.0}, {8, 1.0}}, {{4, 0.1}, {8, 0.01}}};
  EXPECT_EQ(allocate(items, 16, "test").chosen, (std::vector<std::size_t>{0, 1, 0}));
  EXPECT_EQ(allocate(items, 20, "test").chosen, (std::vector<std::size_t>{1, 1, 0}));
  EXPECT_EQ(allocate(items, 24, "test").chosen, (std::vector<std::size_t>{1, 1, 1}));
  EXPECT_EQ(allocate(items, 12, "test").bytes, 12);
  EXPECT_TRUE(
      test::fails_with(ErrorCategory::usage, "at least 12 bytes", [&] { (void)allocate(items, 11.9, "--budget"); }));
}

// Thirty items: too many combinations to try, so the answer is compared with dynamic programming over whole bytes.
TEST(Allocate, IsNearTheOptimumForManyItems) {
  SplitMix random(3);
  std::vector<std::vector<Choice>> items;
  for (int i = 0; i < 30; ++i) {
    const double size = 20.0 + static_cast<double>(random.next() % 30), weight = 0.1 + random.uniform();
    std::vector<Choice> choices;
    for (const int bits : {2, 3, 4, 6, 8}) {
      choices.push_back({std::floor(size * bits / 4.0), weight * size * std::pow(4.0, -bits)});
    }
    items.push_back(choices);
  }
  for (const int budget : {800, 1000, 1500, 2500}) {
    std::vector<double> best(static_cast<std::size_t>(budget) + 1, 0.0);
    for (const auto& choices : items) {
      std::vector<double> next(best.size(), 1e300);
      for (std::size_t b = 0; b < best.size(); ++b) {
        for (const Choice& c : choices) {
          const auto at = b + static_cast<std::size_t>(c.bytes);
          if (at < next.size()) next[at] = std::min(next[at], best[b] + c.error);
        }
      }
      best = next;
    }
    const double optimum = *std::min_element(best.begin(), best.end());
    if (optimum > 1e200) {
      EXPECT_TRUE(test::fails_with(ErrorCategory::usage, "test", [&] { (void)allocate(items, budget, "test"); }));
      continue;
    }
    const Allocation found = allocate(items, budget, "test");
    EXPECT_LE(found.bytes, budget);
    EXPECT_LE(found.error, 1.05 * optimum) << budget;
    EXPECT_GE(found.error, 0.999999 * optimum) << budget;
  }
}

}  // namespace
}  // namespace seben::quant
