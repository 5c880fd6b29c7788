// SPDX-License-Identifier: Apache-2.0
#include "kernels/thread_pool.h"

#include <gtest/gtest.h>

#include <chrono>
#include <new>
#include <optional>
#include <stdexcept>
#include <vector>

#include "support/allocation_counter.h"

namespace seben::kernels {
namespace {

TEST(ThreadPool, EveryTaskOnceAndAllDoneOnReturn) {
  for (const int threads : {1, 2, 3, 8}) {
    ThreadPool pool(threads);
    EXPECT_EQ(pool.threads(), threads);
    std::vector<int> done(700, 0);  // not atomic: share() itself has to order what tasks and caller see
    std::int64_t expected = 0, found = 0;
    for (std::int64_t round = 0; round < 400; ++round) {
      const std::int64_t count = round % 7 == 0 ? 700 : round % 5;
      pool.share(count, [&](std::int64_t i, int thread) {
        ASSERT_GE(thread, 0);
        ASSERT_LT(thread, threads);
        ++done[static_cast<std::size_t>(i)];
      });
      expected += count;
    }
    for (const int times : done) found += times;
    EXPECT_EQ(found, expected);
    EXPECT_EQ(done[699], 58);
  }
}

TEST(ThreadPool, SleepersWake) {
  ThreadPool pool(3);
  for (int round = 0; round < 5; ++round) {
    std::this_thread::sleep_for(std::chrono::milliseconds(3));
    std::atomic<int> together = 0;
    // Ends only when all three have come: each task waits for the others.
    pool.share(3, [&](std::int64_t, int) {
      ++together;
      while (together < 3) std::this_thread::yield();
    });
    EXPECT_EQ(together, 3);
  }
}

TEST(ThreadPool, TheFirstExceptionIsCarriedOutAndThePoolGoesOn) {
  for (const int threads : {1, 4}) {
    ThreadPool pool(threads);
    for (int round = 0; round < 50; ++round) {
      EXPECT_THROW(pool.share(20,
                              [](std::int64_t i, int) {
                                if (i >= 3) throw std::runtime_error("task");
                              }),
                   std::runtime_error);
      std::atomic<int> done = 0;
      pool.share(20, [&](std::int64_t, int) { ++done; });
      EXPECT_EQ(done, 20);
    }
  }
}

TEST(ThreadPool, WithoutMemoryForAllHelpersThoseThatThereAreDoTheWork) {
  SEBEN_NEEDS_COUNTED_ALLOCATIONS();
  bool fewer = false;
  for (long pieces = 0; pieces < 8; ++pieces) {
    std::optional<ThreadPool> pool;
    try {
      const test::OutOfMemoryAfter limit(pieces);
      pool.emplace(4);
    } catch (const std::bad_alloc&) {
      continue;  // not even room to keep helpers in
    }
    fewer = fewer || pool->threads() < 4;
    std::atomic<int> done = 0;
    pool->share(50, [&](std::int64_t, int) { ++done; });
    EXPECT_EQ(done, 50) << pieces;
  }
  EXPECT_TRUE(fewer);
}

TEST(ThreadPool, PoolsOfSeveralThreadsDoNotKnowEachOther) {
  std::vector<std::int64_t> sums(3, 0);
  std::vector<std::thread> callers;
  for (std::size_t c = 0; c < sums.size(); ++c) {
    callers.emplace_back([&, c] {
      ThreadPool pool(3);
      for (int round = 0; round < 200; ++round) {
        std::vector<std::int64_t> parts(9);
        pool.share(9,
                   [&](std::int64_t i, int) { parts[static_cast<std::size_t>(i)] = i + static_cast<std::int64_t>(c); });
        for (const auto p : parts) sums[c] += p;
      }
    });
  }
  for (auto& caller : callers) caller.join();
  EXPECT_EQ(sums, (std::vector<std::int64_t>{200 * 36, 200 * 45, 200 * 54}));
}

}  // namespace
}  // namespace seben::kernels
