// SPDX-License-Identifier: Apache-2.0
#include "kernels/threads.h"

#include <algorithm>
#include <string>
#include <thread>

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

}  // namespace

int thread_count(int requested) {
  if (requested < 0 || requested > kMostThreads) {
    throw Error(ErrorCategory::usage, "threads", "0.." + std::to_string(kMostThreads), std::to_string(requested));
  }
  return requested > 0 ? requested : std::clamp(processors(), 1, kMostThreads);
}

}  // namespace seben::kernels
