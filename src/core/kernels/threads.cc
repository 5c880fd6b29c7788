// SPDX-License-Identifier: Apache-2.0
#include "kernels/threads.h"

#include <algorithm>
#include <atomic>
#include <latch>
#include <new>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "seben/error.h"

namespace seben::kernels {
namespace {

constexpr int kMostThreads = 1024;

int processors() {
#if defined(_OPENMP)
  return omp_in_parallel() != 0 ? 1 : omp_get_max_threads();
#else
  return static_cast<int>(std::thread::hardware_concurrency());
#endif
}

#if defined(_OPENMP)

// How many of `wanted` threads the system gives, ourselves among them, and why not more. GCC's OpenMP ends the process
// when it cannot have those of a region, with words of its own, so they are made once before, where it can be said.
// What others take of the room afterwards shows there all the same.
int threads_to_be_had(int wanted, std::string& reason) {
  static std::atomic<int> proven = 1;
  if (wanted <= proven.load()) return wanted;
  std::latch all_there(1);
  std::vector<std::jthread> made;
  made.reserve(static_cast<std::size_t>(wanted));
  try {
    while (static_cast<int>(made.size()) + 1 < wanted) made.emplace_back([&all_there] { all_there.wait(); });
  } catch (const std::system_error& failure) {
    reason = failure.code().message();
  } catch (const std::bad_alloc&) {
    reason = "no memory";
  }
  all_there.count_down();
  const int had = static_cast<int>(made.size()) + 1;
  if (had > proven.load()) proven = had;
  return had;
}

#else

int threads_to_be_had(int wanted, std::string&) { return wanted; }  // run_team does with those that there are

#endif

}  // namespace

int thread_count(int requested) {
  if (requested < 0 || requested > kMostThreads) {
    throw Error(ErrorCategory::usage, "threads", "0.." + std::to_string(kMostThreads), std::to_string(requested));
  }
  const int wanted = requested > 0 ? requested : std::clamp(processors(), 1, kMostThreads);
  std::string reason;
  const int had = threads_to_be_had(wanted, reason);
  if (requested > had) {
    throw Error(ErrorCategory::memory, "threads", std::to_string(requested) + " of them, as was asked for",
                "room for " + std::to_string(had) + " (" + reason + ")");
  }
  return had;
}

}  // namespace seben::kernels
