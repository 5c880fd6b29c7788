// SPDX-License-Identifier: Apache-2.0
// Wall-clock time of a scope, and sums of what was measured so.
#pragma once

#include <chrono>

#include "seben/transcript.h"

namespace seben::pipeline {

/// Adds the wall-clock seconds of its own life to a sum.
class Stopwatch {
 public:
  explicit Stopwatch(double& sum) : sum_(sum), start_(std::chrono::steady_clock::now()) {}
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;
  ~Stopwatch() { sum_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count(); }

 private:
  double& sum_;
  std::chrono::steady_clock::time_point start_;
};

inline void add_timings(Timings& all, const Timings& more) noexcept {
  all.audio += more.audio;
  all.mel += more.mel;
  all.encoder += more.encoder;
  all.head += more.head;
  all.decode += more.decode;
  all.whisper += more.whisper;
  all.encoder_runs += more.encoder_runs;
  all.head_runs += more.head_runs;
}

}  // namespace seben::pipeline
