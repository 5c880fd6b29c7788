// SPDX-License-Identifier: Apache-2.0
// No allocation per window: the global operator new of this test program counts.
#include <gtest/gtest.h>

#include <vector>

#include "audio/log_mel.h"
#include "support/allocation_counter.h"

namespace seben::frontend {
namespace {

TEST(LogMel, AllocatesNothingPerWindow) {
  SEBEN_NEEDS_COUNTED_ALLOCATIONS();
  const LogMel extractor(80);
  const std::vector<float> samples(300001, 0.25F);
  std::vector<float> mel(std::size_t{80} * kFrames);
  const long before = test::allocations.count;
  extractor.compute(samples, mel);
  EXPECT_EQ(test::allocations.count, before);
  const std::vector<float> one(1);
  EXPECT_EQ(test::allocations.count, before + 1);  // the counter counts
  EXPECT_EQ(one.size(), 1U);
}

}  // namespace
}  // namespace seben::frontend
