// SPDX-License-Identifier: Apache-2.0
// No allocation per window: the global operator new of this test program counts.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>
#include <vector>

#include "audio/log_mel.h"

namespace {

std::atomic<long> allocations{0};

}  // namespace

// Not inlined: GCC would see free() meet a pointer of operator new and warn.
[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  if (void* p = std::malloc(size == 0 ? 1 : size)) return p;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* p) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete(void* p, std::size_t) noexcept { std::free(p); }

namespace seben::frontend {
namespace {

TEST(LogMel, AllocatesNothingPerWindow) {
  const LogMel extractor(80);
  const std::vector<float> samples(300001, 0.25F);
  std::vector<float> mel(std::size_t{80} * kFrames);
  const long before = allocations.load();
  extractor.compute(samples, mel);
  EXPECT_EQ(allocations.load(), before);
  const std::vector<float> one(1);
  EXPECT_EQ(allocations.load(), before + 1);  // the counter counts
  EXPECT_EQ(one.size(), 1U);
}

}  // namespace
}  // namespace seben::frontend
