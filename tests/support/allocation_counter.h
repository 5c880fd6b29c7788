// SPDX-License-Identifier: Apache-2.0
// Counts what a test program takes from operator new and aligned allocation, and lets it run out of memory; include in
// one source of a program only.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <new>

namespace seben::test {

struct Allocations {
  std::atomic<long> count{0};
  std::atomic<std::size_t> largest{0};

  void note(std::size_t size) {
    ++count;
    std::size_t seen = largest.load();
    while (size > seen && !largest.compare_exchange_weak(seen, size)) {
    }
  }
  void reset() {
    count = 0;
    largest = 0;
  }
};

inline Allocations allocations;

/// While it lives, the calling thread gets so many further pieces of memory and then std::bad_alloc.
class OutOfMemoryAfter {
 public:
  explicit OutOfMemoryAfter(long count) { left() = count; }
  OutOfMemoryAfter(const OutOfMemoryAfter&) = delete;
  OutOfMemoryAfter& operator=(const OutOfMemoryAfter&) = delete;
  ~OutOfMemoryAfter() { left() = -1; }

  static void take() {
    if (left() == 0) throw std::bad_alloc();
    if (left() > 0) --left();
  }

 private:
  static long& left() {
    static thread_local long count = -1;
    return count;
  }
};

}  // namespace seben::test

// Clang's run time for races brings its own operator new, linked before any other: tests that count say so and skip.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define SEBEN_COUNTS_NO_ALLOCATIONS
#endif
#endif

#ifdef SEBEN_COUNTS_NO_ALLOCATIONS
#define SEBEN_NEEDS_COUNTED_ALLOCATIONS() GTEST_SKIP() << "operator new is the thread sanitizer's"
#else
#define SEBEN_NEEDS_COUNTED_ALLOCATIONS() static_assert(true)

// Not inlined: GCC would see free() meet a pointer of operator new and warn.
[[gnu::noinline]] void* operator new(std::size_t size) {
  seben::test::OutOfMemoryAfter::take();
  seben::test::allocations.note(size);
  if (void* p = std::malloc(size == 0 ? 1 : size)) return p;
  throw std::bad_alloc();
}
[[gnu::noinline]] void* operator new(std::size_t size, std::align_val_t alignment) {
  seben::test::OutOfMemoryAfter::take();
  seben::test::allocations.note(size);
  const auto unit = static_cast<std::size_t>(alignment);
  if (void* p = std::aligned_alloc(unit, (size + unit - 1) / unit * unit)) return p;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* p) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete(void* p, std::size_t) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete(void* p, std::align_val_t) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete(void* p, std::size_t, std::align_val_t) noexcept { std::free(p); }
#endif
