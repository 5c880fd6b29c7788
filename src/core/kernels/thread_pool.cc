// SPDX-License-Identifier: Apache-2.0
#include "kernels/thread_pool.h"

#include <algorithm>
#include <chrono>
#include <utility>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace seben::kernels {
namespace {

constexpr std::int64_t kSlice = 1 << 30;
// Longer than the parts of a decoder's step and what lies between them, shorter than a time slice of the system.
constexpr auto kSpin = std::chrono::microseconds(60);

void pause() noexcept {
#if defined(__x86_64__)
  _mm_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Whether `holds` came true while spinning.
template <typename Condition>
bool spin_until(Condition holds) {
  constexpr int kPauses = 32;
  if (holds()) return true;
  const auto end = std::chrono::steady_clock::now() + kSpin;
  do {
    for (int i = 0; i < kPauses; ++i) {
      if (holds()) return true;
      pause();
    }
  } while (std::chrono::steady_clock::now() < end);
  return false;
}

constexpr std::uint64_t ticket(std::uint32_t next, std::uint32_t count) noexcept {
  return std::uint64_t{next} << 32U | count;
}
constexpr std::uint32_t next_of(std::uint64_t t) noexcept { return static_cast<std::uint32_t>(t >> 32U); }
constexpr std::uint32_t count_of(std::uint64_t t) noexcept { return static_cast<std::uint32_t>(t); }

}  // namespace

ThreadPool::ThreadPool(int threads) {
  helpers_.reserve(static_cast<std::size_t>(std::max(0, threads - 1)));
  try {
    for (int i = 1; i < threads; ++i) helpers_.emplace_back([this, i] { help(i); });
  } catch (const std::exception&) {
    // The system has no more threads or no more memory to give: those that there are do the work. They run already, so
    // that nothing may leave the constructor but the pool.
  }
}

ThreadPool::~ThreadPool() {
  stop_.store(true);
  signal_.fetch_add(1);
  signal_.notify_all();
  for (std::thread& helper : helpers_) helper.join();
}

// A word that is equal to an earlier one means the same, so that an exchange that succeeds is a task of this moment.
bool ThreadPool::take(std::uint32_t& index) noexcept {
  std::uint64_t seen = ticket_.load(std::memory_order_acquire);
  while (next_of(seen) < count_of(seen)) {
    if (ticket_.compare_exchange_weak(seen, ticket(next_of(seen) + 1, count_of(seen)), std::memory_order_acq_rel,
                                      std::memory_order_acquire)) {
      index = next_of(seen);
      return true;
    }
  }
  return false;
}

void ThreadPool::keep_failure() noexcept {
  const std::lock_guard lock(mutex_);
  if (!failed_.exchange(true)) first_ = std::current_exception();
}

void ThreadPool::do_task(std::uint32_t index, int thread) noexcept {
  if (!failed_.load(std::memory_order_relaxed)) {
    try {
      call_(body_, offset_ + index, thread);
    } catch (...) {
      keep_failure();
    }
  }
  if (left_.fetch_sub(1, std::memory_order_acq_rel) == 1) left_.notify_one();
}

void ThreadPool::help(int thread) {
  std::uint32_t index = 0;
  while (true) {
    const std::int32_t seen = signal_.load(std::memory_order_acquire);
    if (stop_.load()) return;
    while (take(index)) do_task(index, thread);
    if (!spin_until([&] { return signal_.load(std::memory_order_acquire) != seen; })) signal_.wait(seen);
  }
}

void ThreadPool::run_slice(std::uint32_t count) {
  left_.store(static_cast<std::int32_t>(count), std::memory_order_relaxed);
  ticket_.store(ticket(0, count), std::memory_order_release);
  signal_.fetch_add(1);
  signal_.notify_all();
  std::uint32_t index = 0;
  while (take(index)) do_task(index, 0);
  const auto done = [&] { return left_.load(std::memory_order_acquire) == 0; };
  while (!spin_until(done)) {
    const std::int32_t left = left_.load(std::memory_order_acquire);
    if (left != 0) left_.wait(left);
  }
}

void ThreadPool::run(std::int64_t count, Call call, void* body) {
  call_ = call;
  body_ = body;
  for (offset_ = 0; offset_ < count; offset_ += kSlice) {
    run_slice(static_cast<std::uint32_t>(std::min(kSlice, count - offset_)));
  }
  if (failed_.exchange(false)) std::rethrow_exception(std::exchange(first_, nullptr));
}

}  // namespace seben::kernels
