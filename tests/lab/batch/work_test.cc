// SPDX-License-Identifier: Apache-2.0
#include "batch/work.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>
#include <vector>

namespace seben::batch {
namespace {

const auto kNothing = [] {};

TEST(Work, OrderIsThatOfThePieces) {
  for (const std::size_t threads : {1U, 2U, 7U}) {
    std::atomic<bool> stop = false;
    std::vector<std::size_t> taken;
    work_through<int>(
        100, {threads, true}, stop,
        [](std::size_t i) {
          if (i % 9 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(3));
          return static_cast<int>(i * i);
        },
        [&](std::size_t i, int result) {
          EXPECT_EQ(static_cast<std::size_t>(result), i * i);
          taken.push_back(i);
        },
        kNothing);
    EXPECT_EQ(taken.size(), 100U);
    EXPECT_TRUE(std::ranges::is_sorted(taken));
  }
}

TEST(Work, EveryPieceIsTakenOnceAndFewWait) {
  for (const bool in_order : {false, true}) {
    std::atomic<bool> stop = false;
    std::atomic<std::size_t> begun = 0;
    std::vector<int> times(500);
    std::size_t taken = 0, most = 0;
    work_through<int>(
        times.size(), {3, in_order}, stop,
        [&](std::size_t) {
          ++begun;
          return 0;
        },
        [&](std::size_t i, int) {
          most = std::max(most, begun - taken);
          ++taken;
          ++times[i];
          if (i == 7) std::this_thread::sleep_for(std::chrono::milliseconds(20));  // others come to wait
        },
        kNothing);
    EXPECT_EQ(std::ranges::count(times, 1), 500);
    EXPECT_LE(most, 12U);
  }
}

TEST(Work, AnExceptionEndsItOnEitherSide) {
  for (const int side : {0, 1, 2}) {
    std::atomic<bool> stop = false;
    std::atomic<int> running = 0;
    EXPECT_THROW(work_through<int>(
                     1000, {4, false}, stop,
                     [&](std::size_t i) {
                       ++running;
                       if (side == 0 && i == 20) throw std::runtime_error("work");
                       if (side == 2) {
                         while (!stop) std::this_thread::sleep_for(std::chrono::milliseconds(1));
                       }
                       --running;
                       return 0;
                     },
                     [&](std::size_t i, int) {
                       if (side == 1 && i >= 20) throw std::runtime_error("take");
                     },
                     [&] {
                       if (side == 2) throw std::runtime_error("pause");
                     }),
                 std::runtime_error);
    EXPECT_TRUE(stop);
    EXPECT_LE(running, 1);  // nothing runs on: the piece that threw has not counted itself off
  }
}

TEST(Work, NothingToDo) {
  std::atomic<bool> stop = false;
  work_through<int>(
      0, {4, true}, stop, [](std::size_t) { return 0; }, [](std::size_t, int) { FAIL(); }, kNothing);
}

}  // namespace
}  // namespace seben::batch
