// SPDX-License-Identifier: Apache-2.0
#include "engine/sample_store.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>

#include "support/errors.h"

namespace seben::pipeline {
namespace {

std::vector<std::uint32_t> bits(std::span<const float> samples) {
  std::vector<std::uint32_t> out;
  for (const float x : samples) out.push_back(std::bit_cast<std::uint32_t>(x));
  return out;
}

std::vector<float> all_of(SampleStore& store, std::size_t step) {
  std::vector<float> out, part(step);
  while (const std::size_t got = store.read(part))
    out.insert(out.end(), part.begin(), part.begin() + static_cast<std::ptrdiff_t>(got));
  return out;
}

TEST(SampleStore, GivesBackEveryBitInAnyStepsFromMemoryAndFile) {
  std::mt19937 random(3);
  const float odd[] = {-0.0F, 0.0F, 1.0F, -1.0F, 1.5F, -1.0F / 32768.0F, 0.1F, std::numeric_limits<float>::infinity()};
  for (const std::size_t kept : {std::size_t{0}, std::size_t{70000}, SampleStore::kKeptBytes}) {
    for (const std::size_t length : {0U, 1U, 16383U, 16384U, 16385U, 100000U}) {
      for (const bool narrow : {true, false}) {
        std::vector<float> samples(length);
        for (float& x : samples) {
          const auto whole = static_cast<std::int16_t>(random());
          x = narrow ? static_cast<float>(whole) / 32768.0F : odd[random() % 8];
        }
        SampleStore store(kept);
        for (std::size_t at = 0; at < length;) {
          const std::size_t count = std::min<std::size_t>(length - at, 1 + random() % 40000);
          store.add(std::span(samples).subspan(at, count));
          at += count;
        }
        ASSERT_EQ(bits(all_of(store, 1 + random() % 30000)), bits(samples)) << kept << ' ' << length << ' ' << narrow;
      }
    }
  }
}

TEST(SampleStore, NothingIsAddedOnceItIsRead) {
  SampleStore store;
  std::vector<float> some(10);
  store.add(some);
  EXPECT_EQ(store.read(some), 10U);
  EXPECT_TRUE(test::fails_with(ErrorCategory::internal, "sample store", [&] { store.add(some); }));
}

}  // namespace
}  // namespace seben::pipeline
