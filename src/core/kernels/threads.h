// SPDX-License-Identifier: Apache-2.0
// Parallel loops: over OpenMP where the library that multiplies uses it as well, else over plain threads. The number of
// threads is always an argument.
#pragma once

#if defined(_OPENMP)
#include <omp.h>
#else
#include <algorithm>
#include <barrier>
#include <thread>
#include <vector>
#endif

#include <atomic>
#include <cstdint>
#include <exception>
#include <mutex>

namespace seben::kernels {

/// The threads that a request means, in one place for all options: the request itself, or for 0 one for each processor
/// that this process may use (fewer with OMP_NUM_THREADS; one within a parallel region). Whoever is called with a
/// number of threads takes a positive one. Error(usage) outside 0..1024.
[[nodiscard]] int thread_count(int requested);

#if defined(_OPENMP)

/// While it lives, a library that the calling thread calls uses so many threads; for threads that are not of a Team.
class ThreadLimit {
 public:
  explicit ThreadLimit(int threads) : before_(omp_get_max_threads()) { omp_set_num_threads(threads); }
  ThreadLimit(const ThreadLimit&) = delete;
  ThreadLimit& operator=(const ThreadLimit&) = delete;
  ~ThreadLimit() { omp_set_num_threads(before_); }

 private:
  int before_;
};

#else

/// Libraries of this build start no threads of their own.
class ThreadLimit {
 public:
  explicit ThreadLimit(int /*threads*/) {}
};

#endif

class OneThread : public ThreadLimit {
 public:
  OneThread() : ThreadLimit(1) {}
};

/// Threads of one parallel region, each calling `body(Team&)` once. Exceptions are carried out to the caller.
class Team {
 public:
  [[nodiscard]] int thread() const noexcept { return thread_; }

  /// Hands out 0..count-1, each index to one thread, lowest first; every thread of the team must call it, and none
  /// leaves before all work is done. Which thread gets an index may differ from run to run: bodies must not care.
  template <typename Body>
  void share(std::int64_t count, Body&& body) {
#if defined(_OPENMP)
#pragma omp for schedule(dynamic, 1)
    for (std::int64_t i = 0; i < count; ++i) run(i, body);
#else
    for (std::int64_t i = state_.next.fetch_add(1); i < count; i = state_.next.fetch_add(1)) run(i, body);
    state_.all_done.arrive_and_wait();
#endif
  }

 private:
  struct State {
    std::atomic<bool> failed = false;
    std::mutex mutex;
    std::exception_ptr first;
#if !defined(_OPENMP)
    struct StartAgain {
      std::atomic<std::int64_t>* next;
      void operator()() const noexcept { next->store(0); }
    };
    explicit State(int threads) : all_done(threads, StartAgain{&next}) {}
    std::atomic<std::int64_t> next = 0;
    std::barrier<StartAgain> all_done;
#endif

    void keep(std::exception_ptr error) {
      const std::lock_guard lock(mutex);
      if (!failed.exchange(true)) first = std::move(error);
    }
  };

  template <typename Body>
  void run(std::int64_t i, Body&& body) {
    if (state_.failed.load(std::memory_order_relaxed)) return;
    try {
      body(i);
    } catch (...) {
      state_.keep(std::current_exception());
    }
  }

  Team(State& state, int thread) : state_(state), thread_(thread) {}
  State& state_;
  int thread_;

  template <typename Body>
  friend void run_team(int threads, Body&& body);
};

#if defined(_OPENMP)
template <typename Body>
void run_team(int threads, Body&& body) {
  Team::State state;
#pragma omp parallel num_threads(threads)
  {
    omp_set_num_threads(1);  // holds inside this region only: a library that is called here stays on its thread
    Team team(state, omp_get_thread_num());
    body(team);
  }
  if (state.first) std::rethrow_exception(state.first);
}
#else
template <typename Body>
void run_team(int threads, Body&& body) {
  Team::State state(std::max(threads, 1));
  {
    std::vector<std::jthread> helpers;
    helpers.reserve(static_cast<std::size_t>(std::max(threads, 1)) - 1);
    int started = 1;
    try {
      for (; started < threads; ++started) {
        helpers.emplace_back([&state, &body, thread = started] {
          Team team(state, thread);
          body(team);
        });
      }
    } catch (const std::exception&) {
      // The system has no more threads to give: those that there are do the work, and nobody waits for the others.
      for (; started < threads; ++started) state.all_done.arrive_and_drop();
    }
    Team team(state, 0);
    body(team);
  }
  if (state.first) std::rethrow_exception(state.first);
}
#endif

/// body(i) for i in 0..count-1 on `threads` threads.
template <typename Body>
void parallel_for(int threads, std::int64_t count, Body&& body) {
  run_team(threads, [&](Team& team) { team.share(count, body); });
}

}  // namespace seben::kernels
