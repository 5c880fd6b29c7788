// SPDX-License-Identifier: Apache-2.0
#include "engine/lease_pool.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <type_traits>
#include <vector>

namespace seben::pipeline {
namespace {

using Pool = LeasePool<std::shared_ptr<int>>;
static_assert(std::is_nothrow_destructible_v<Pool::Lease>);

// Leases cannot be moved: each stays where it was made.
struct Held {
  explicit Held(Pool& pool, int& made) : lease(pool.borrow([&] { return std::make_shared<int>(made++); })) {}
  Pool::Lease lease;
};
using Calls = std::vector<std::unique_ptr<Held>>;

Calls calls(Pool& pool, int count, int& made) {
  Calls out;
  for (int i = 0; i < count; ++i) out.push_back(std::make_unique<Held>(pool, made));
  return out;
}

TEST(LeasePool, WhatABurstOfCallsNeededDoesNotStay) {
  Pool pool;
  int made = 0;
  Calls burst = calls(pool, 100, made);
  EXPECT_EQ(made, 100);
  std::vector<std::weak_ptr<int>> alive;
  for (const auto& call : burst) alive.emplace_back(*call->lease);
  burst.clear();
  EXPECT_EQ(pool.spares(), 1U);
  EXPECT_EQ(std::ranges::count_if(alive, [](const auto& one) { return !one.expired(); }), 1);
}

TEST(LeasePool, ASteadyLoadMakesNothingAnew) {
  Pool pool;
  int made = 0;
  Calls running = calls(pool, 4, made);
  for (std::size_t round = 0; round < 40; ++round) {
    running[round % 4].reset();
    running[round % 4] = std::make_unique<Held>(pool, made);
  }
  EXPECT_EQ(made, 4);
  running.clear();
  running = calls(pool, 1, made);
  EXPECT_EQ(made, 4) << "one call after the other shares one memory";
}

TEST(LeasePool, ACallWhoseMemoryCannotBeMadeLeavesThePoolAsItWas) {
  Pool pool;
  for (int i = 0; i < 3; ++i) {
    EXPECT_THROW((void)pool.borrow([]() -> std::shared_ptr<int> { throw std::bad_alloc(); }), std::bad_alloc);
  }
  int made = 0;
  calls(pool, 3, made).clear();
  EXPECT_EQ(pool.spares(), 1U);
}

}  // namespace
}  // namespace seben::pipeline
