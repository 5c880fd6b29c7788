// SPDX-License-Identifier: Apache-2.0
// Threads that stay, for work made of many short parallel parts. A part ends when all its tasks are done, not when all
// threads have come by: a thread that the system has put to sleep between two tasks holds nobody up, and whoever runs
// takes what is left. Where the processors are busy elsewhere, two threads are therefore no slower than one, which
// OpenMP's barriers cannot promise. Waiting is spinning for some microseconds, then sleep.
#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <mutex>
#include <thread>
#include <type_traits>
#include <vector>

namespace seben::kernels {

/// The calling thread and its helpers. One thread at a time may call share(); it is thread 0.
class ThreadPool {
 public:
  /// Starts threads - 1 helpers, which sleep while there is nothing to do.
  explicit ThreadPool(int threads);
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;
  ~ThreadPool();

  [[nodiscard]] int threads() const noexcept { return static_cast<int>(helpers_.size()) + 1; }

  /// body(i, thread) for i in 0..count-1, each once, lowest first; returns when all are done. Which thread gets an
  /// index differs from run to run: bodies must not care. The first exception is carried out, what had not begun is
  /// left out.
  template <typename Body>
  void share(std::int64_t count, Body&& body) {
    using Plain = std::remove_reference_t<Body>;
    if (helpers_.empty() || count == 1) {
      for (std::int64_t i = 0; i < count; ++i) body(i, 0);
      return;
    }
    run(
        count, [](void* what, std::int64_t i, int thread) { (*static_cast<Plain*>(what))(i, thread); },
        const_cast<void*>(static_cast<const void*>(&body)));
  }

 private:
  using Call = void (*)(void* body, std::int64_t index, int thread);

  void run(std::int64_t count, Call call, void* body);
  void run_slice(std::uint32_t count);
  bool take(std::uint32_t& index) noexcept;
  void do_task(std::uint32_t index, int thread) noexcept;
  void help(int thread);
  void keep_failure() noexcept;

  // Next index and number of tasks in one word, so that a task is taken by one exchange. What `call_` and the two below
  // it hold belongs to the part whose task was taken: they change only when no task is under way.
  alignas(64) std::atomic<std::uint64_t> ticket_ = 0;
  alignas(64) std::atomic<std::int32_t> left_ = 0;    // tasks not yet done
  alignas(64) std::atomic<std::int32_t> signal_ = 0;  // changes when there is work, or the end
  std::atomic<bool> stop_ = false;
  Call call_ = nullptr;
  void* body_ = nullptr;
  std::int64_t offset_ = 0;
  std::atomic<bool> failed_ = false;
  std::mutex mutex_;
  std::exception_ptr first_;
  std::vector<std::thread> helpers_;
};

}  // namespace seben::kernels
