// SPDX-License-Identifier: Apache-2.0
// The sound of a stream between whoever pushes it and whoever reads it: at 16 kHz, with the places where utterances are
// to end by hand, forgotten as it is used.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "audio/rate_converter.h"

namespace seben::pipeline {

/// push, mark_end, finish and waiting_seconds are for one thread, the others for another.
class LiveSound {
 public:
  /// Errors of RateConverter.
  explicit LiveSound(int sample_rate);

  /// Errors of Stream::push.
  void push(std::span<const float> samples);
  void mark_end();
  void finish();
  /// Pushed and not taken, and whether there is anything to take but sound.
  struct Waiting {
    double seconds = 0.0;
    bool end = false;
  };
  [[nodiscard]] Waiting waiting() const;

  /// Takes what was pushed, as long as less than half a minute is there that was not heard up to `heard`.
  void take(std::int64_t heard);
  /// Samples first..end-1; they must be there.
  [[nodiscard]] std::span<const float> samples(std::int64_t first, std::int64_t end) const;
  [[nodiscard]] std::int64_t first() const noexcept { return first_; }
  [[nodiscard]] std::int64_t end() const noexcept { return first_ + static_cast<std::int64_t>(sound_.size()); }
  /// The next place where an utterance is to end by hand, and that it was seen.
  [[nodiscard]] std::optional<std::int64_t> next_mark() const;
  void drop_mark() { marks_.pop_front(); }
  /// Everything was taken, and nothing more will come.
  [[nodiscard]] bool complete() const noexcept { return complete_; }
  void forget_before(std::int64_t sample);

 private:
  const int sample_rate_;
  mutable std::mutex mutex_;
  std::vector<float> pushed_;               // that were not taken
  std::deque<std::uint64_t> pushed_marks_;  // by number of samples pushed before
  std::uint64_t count_ = 0;                 // pushed in all
  std::uint64_t taken_ = 0;
  bool finished_ = false;

  audio::RateConverter converter_;
  std::vector<float> part_, sound_;
  std::int64_t first_ = 0;  // of sound_
  std::deque<std::int64_t> marks_;
  bool complete_ = false;
};

}  // namespace seben::pipeline
