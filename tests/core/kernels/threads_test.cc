// SPDX-License-Identifier: Apache-2.0
#include "kernels/threads.h"

#include <gtest/gtest.h>

#include <mutex>
#include <numeric>
#include <set>
#include <thread>
#include <vector>

#include "kernels/linear.h"
#include "kernels/narrow.h"
#include "support/errors.h"

namespace seben::kernels {
namespace {

// A matrix that notes which threads read it.
class Watched {
 public:
  [[nodiscard]] RowReader reader() {
    return [this](std::int64_t r, std::span<float> row) {
      std::iota(row.begin(), row.end(), static_cast<float>(r));
      const std::lock_guard lock(mutex_);
      readers_.insert(std::this_thread::get_id());
    };
  }
  [[nodiscard]] std::size_t readers() const { return readers_.size(); }

 private:
  std::mutex mutex_;
  std::set<std::thread::id> readers_;
};

TEST(Threads, NoneAskedForMeansOneAProcessorAndAllOthersMeanThemselves) {
  EXPECT_GE(thread_count(0), 1);
  EXPECT_EQ(thread_count(1), 1);
  EXPECT_EQ(thread_count(8), 8);
  try {
    EXPECT_EQ(thread_count(1024), 1024);
  } catch (const Error& error) {  // a system that has fewer says so
    EXPECT_EQ(error.category(), ErrorCategory::memory) << error.what();
  }
  for (const int odd : {-1, 1025}) {
    EXPECT_TRUE(test::fails_with(ErrorCategory::usage, "threads", [odd] { (void)thread_count(odd); })) << odd;
  }
}

TEST(Threads, PackingUsesTheThreadsThatItWasGiven) {
  constexpr std::int64_t kRows = 1000, kWidth = 64;
  const ThreadLimit machine(6);  // what a library would use if nobody told it
  for (const Precision precision : {Precision::f32, Precision::bf16, Precision::int8}) {
    Watched wide, narrow;
    const Linear linear(wide.reader(), {}, kRows, kWidth, {precision, nullptr, 0, {}, 1});
    EXPECT_EQ(wide.readers(), 1U);
    const NarrowLinear product(narrow.reader(), {}, kRows, kWidth, form_of(precision), 1.0F, "weight", 0, 1);
    EXPECT_EQ(narrow.readers(), 1U);
  }
}

}  // namespace
}  // namespace seben::kernels
