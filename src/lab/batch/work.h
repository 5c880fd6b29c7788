// SPDX-License-Identifier: Apache-2.0
// Many pieces of work on a few threads, whose results one thread takes: as they come, or in order.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace seben::batch {

struct WorkOptions {
  std::size_t threads = 1;
  bool in_order = false;  ///< results are taken in the order of the pieces
};

/// Calls `work(i)` for each i below `count` on threads of its own and `take(i, result)` on the calling thread, and
/// `pause()` there while it waits, ten times a second. At most 4 * threads results wait to be taken, whatever the
/// count: then no further piece is begun. An exception of `take` or `pause` ends it: `stop` becomes true, pieces that
/// have begun are waited for, and it is thrown on. `work` turns its own failures into results; an exception of it ends
/// everything, too.
template <typename Result>
void work_through(std::size_t count, const WorkOptions& options, std::atomic<bool>& stop,
                  const std::function<Result(std::size_t)>& work, const std::function<void(std::size_t, Result)>& take,
                  const std::function<void()>& pause) {
  std::mutex mutex;
  std::condition_variable made_room, came;
  std::map<std::size_t, Result> waiting;
  std::exception_ptr failure;
  std::size_t next = 0, taken = 0;
  const std::size_t ahead = 4 * options.threads;

  const auto run = [&] {
    for (;;) {
      std::size_t mine = 0;
      {
        std::unique_lock lock(mutex);
        made_room.wait(lock, [&] { return stop || next >= count || next < taken + ahead; });
        if (stop || next >= count) return;
        mine = next++;
      }
      try {
        Result result = work(mine);
        const std::lock_guard lock(mutex);
        waiting.emplace(mine, std::move(result));
      } catch (...) {
        const std::lock_guard lock(mutex);
        if (!failure) failure = std::current_exception();
        stop = true;
        made_room.notify_all();
      }
      came.notify_one();
    }
  };
  // Whatever ends this function, threads are told and waited for.
  struct Workers {
    explicit Workers(std::function<void()> halt_all) : halt(std::move(halt_all)) {}
    Workers(const Workers&) = delete;
    Workers& operator=(const Workers&) = delete;
    ~Workers() {
      halt();
      for (std::thread& thread : threads) thread.join();
    }
    std::function<void()> halt;
    std::vector<std::thread> threads;
  } workers([&] {
    const std::lock_guard lock(mutex);
    stop = true;
    made_room.notify_all();
  });
  for (std::size_t i = 0; i < std::min(options.threads, count); ++i) workers.threads.emplace_back(run);

  while (taken < count) {
    std::unique_lock lock(mutex);
    const auto ready = [&] {
      return failure || (!waiting.empty() && (!options.in_order || waiting.begin()->first == taken));
    };
    if (!came.wait_for(lock, std::chrono::milliseconds(100), ready)) {
      lock.unlock();
      pause();
      continue;
    }
    if (failure) std::rethrow_exception(failure);
    auto first = waiting.extract(waiting.begin());
    lock.unlock();
    take(first.key(), std::move(first.mapped()));
    lock.lock();
    ++taken;
    made_room.notify_all();
  }
}

}  // namespace seben::batch
