// SPDX-License-Identifier: Apache-2.0
#include "engine/live_sound.h"

#include <algorithm>
#include <cmath>

#include "audio/decoder.h"
#include "base/format.h"
#include "engine/finite_samples.h"
#include "seben/error.h"

namespace seben::pipeline {
namespace {

constexpr double kMostWaiting = 120.0, kMostUnheard = 30.0;  // seconds

}  // namespace

LiveSound::LiveSound(int sample_rate) : sample_rate_(sample_rate), converter_(sample_rate) {}

void LiveSound::push(std::span<const float> samples) {
  const std::lock_guard lock(mutex_);
  if (finished_) throw Error(ErrorCategory::usage, "stream", "no sound after finish()", "more");
  require_finite(samples, "stream: ", count_);
  const auto most = static_cast<std::size_t>(kMostWaiting * sample_rate_);
  if (samples.size() > most - std::min(most, pushed_.size())) {
    throw Error(ErrorCategory::usage, "stream",
                base::format("at most {:.0f} s of sound that advance() has not taken", kMostWaiting),
                base::format("{:.1f} s", static_cast<double>(pushed_.size() + samples.size()) / sample_rate_));
  }
  pushed_.insert(pushed_.end(), samples.begin(), samples.end());
  count_ += samples.size();
}

void LiveSound::mark_end() {
  const std::lock_guard lock(mutex_);
  if (pushed_marks_.empty() || pushed_marks_.back() != count_) pushed_marks_.push_back(count_);
}

void LiveSound::finish() {
  const std::lock_guard lock(mutex_);
  finished_ = true;
}

LiveSound::Waiting LiveSound::waiting() const {
  const std::lock_guard lock(mutex_);
  return {static_cast<double>(pushed_.size()) / sample_rate_, finished_ || !pushed_marks_.empty()};
}

void LiveSound::take(std::int64_t heard) {
  const double room = kMostUnheard - static_cast<double>(end() - heard) / audio::kSampleRate;
  if (room <= 0.0) return;
  bool last = false;
  std::deque<std::size_t> ends;  // in part_
  {
    const std::lock_guard lock(mutex_);
    const std::size_t count = std::min(pushed_.size(), static_cast<std::size_t>(std::ceil(room * sample_rate_)));
    const auto behind = pushed_.begin() + static_cast<std::ptrdiff_t>(count);
    part_.assign(pushed_.begin(), behind);
    pushed_.erase(pushed_.begin(), behind);
    for (; !pushed_marks_.empty() && pushed_marks_.front() <= taken_ + count; pushed_marks_.pop_front()) {
      ends.push_back(static_cast<std::size_t>(pushed_marks_.front() - taken_));
    }
    taken_ += count;
    last = finished_ && pushed_.empty();
  }
  std::size_t done = 0;
  for (const std::size_t mark : ends) {
    converter_.push(std::span(part_).subspan(done, mark - done), sound_);
    done = mark;
    marks_.push_back(end());
  }
  converter_.push(std::span(part_).subspan(done), sound_);
  if (last && !complete_) {
    converter_.finish(sound_);
    complete_ = true;
  }
}

std::span<const float> LiveSound::samples(std::int64_t first, std::int64_t end) const {
  return std::span(sound_).subspan(static_cast<std::size_t>(first - first_), static_cast<std::size_t>(end - first));
}

std::optional<std::int64_t> LiveSound::next_mark() const {
  return marks_.empty() ? std::nullopt : std::optional(marks_.front());
}

void LiveSound::forget_before(std::int64_t sample) {
  const std::int64_t count = std::min(sample, end()) - first_;
  if (count <= 0) return;
  sound_.erase(sound_.begin(), sound_.begin() + static_cast<std::ptrdiff_t>(count));
  first_ += count;
}

}  // namespace seben::pipeline
