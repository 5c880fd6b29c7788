// SPDX-License-Identifier: Apache-2.0
#include "codecs/agp_partition.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "seben/error.h"

namespace seben::quant {
namespace {

constexpr std::uint64_t kProjectionSeed = 42;  // part of the packet format
constexpr std::int64_t kWithoutHistory = 4;    // groups that are NOVELTY for want of a history

template <typename Value>
double quantile(std::span<const AgpScalars> scalars, double share, Value value) {
  std::vector<double> values;
  for (const AgpScalars& s : scalars) values.push_back(value(s));
  const auto at = std::lround(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + at, values.end());
  return values[static_cast<std::size_t>(at)];
}

}  // namespace

std::string_view to_string(FrameClass label) noexcept {
  switch (label) {
    case FrameClass::stable: return "stable";
    case FrameClass::boundary: return "boundary";
    case FrameClass::uncertain: return "uncertain";
    case FrameClass::novelty: break;
  }
  return "novelty";
}

AgpThresholds calibrate_thresholds(std::span<const AgpScalars> scalars) {
  if (scalars.size() < 100) {
    throw Error(ErrorCategory::incomplete, "calibration", "at least 100 groups of frames",
                std::to_string(scalars.size()));
  }
  return {quantile(scalars, 0.95, [](const AgpScalars& s) { return s.novelty; }),
          quantile(scalars, 0.15, [](const AgpScalars& s) { return s.commitment; }),
          quantile(scalars, 0.10, [](const AgpScalars& s) { return s.stability; }),
          quantile(scalars, 0.90, [](const AgpScalars& s) { return s.pressure; }),
          quantile(scalars, 0.80, [](const AgpScalars& s) { return s.uncertainty; })};
}

AgpPartition::AgpPartition(std::int64_t dim, const AgpThresholds& thresholds)
    : dim_(dim),
      thresholds_(thresholds),
      rotation_(dim, kProjectionSeed),
      trajectory_(kProjected),
      sum_(static_cast<std::size_t>(dim), 0.0F),
      scratch_(sum_.size()) {
  if (dim < kProjected) {
    throw Error(ErrorCategory::usage, "agp: width", "at least " + std::to_string(kProjected), std::to_string(dim));
  }
}

void AgpPartition::reset() {
  trajectory_ = AgpTrajectory(kProjected);
  std::ranges::fill(sum_, 0.0F);
  held_ = 0;
  raw_.clear();
  labels_.clear();
}

void AgpPartition::push(std::span<const float> frames) {
  const auto width = static_cast<std::size_t>(dim_);
  for (std::size_t first = 0; first + width <= frames.size(); first += width) {
    for (std::size_t i = 0; i < width; ++i) sum_[i] += frames[first + i];
    if (++held_ == kGroup) close_group();
  }
  settle(false);
}

void AgpPartition::finish() {
  if (held_ > 0) close_group();
  trajectory_.finish();
  settle(true);
}

void AgpPartition::close_group() {
  const float scale = 1.0F / static_cast<float>(held_);
  for (float& value : sum_) value *= scale;
  rotation_.forward(sum_.data(), scratch_.data());
  trajectory_.push(std::span(sum_).first(static_cast<std::size_t>(kProjected)));
  std::ranges::fill(sum_, 0.0F);
  held_ = 0;
}

FrameClass AgpPartition::raw(std::int64_t t) const {
  const AgpScalars& s = trajectory_.scalars()[static_cast<std::size_t>(t)];
  if (t < kWithoutHistory || s.novelty >= thresholds_.novelty) return FrameClass::novelty;
  if (s.commitment <= thresholds_.commitment || s.stability <= thresholds_.stability ||
      s.pressure >= thresholds_.pressure) {
    return FrameClass::boundary;
  }
  return s.uncertainty >= thresholds_.uncertainty ? FrameClass::uncertain : FrameClass::stable;
}

// A run that is not stable reaches one group further on both sides, because the head's convolution does.
FrameClass AgpPartition::widened(std::int64_t t, std::int64_t end) const {
  const auto at = [&](std::int64_t i) { return raw_[static_cast<std::size_t>(i)]; };
  if (at(t) != FrameClass::stable) return at(t);
  if (t > 0 && at(t - 1) != FrameClass::stable) return at(t - 1);
  if (t + 1 < end && at(t + 1) != FrameClass::stable) return at(t + 1);
  return FrameClass::stable;
}

// Label t needs the widened label of t + 1, hence the raw one of t + 2, hence the state t + 3.
void AgpPartition::settle(bool end) {
  for (auto t = static_cast<std::int64_t>(raw_.size()); t < trajectory_.complete(); ++t) raw_.push_back(raw(t));
  const auto count = static_cast<std::int64_t>(raw_.size()), ready = end ? count : count - 2;
  for (auto t = static_cast<std::int64_t>(labels_.size()); t < ready; ++t) {
    const FrameClass own = widened(t, count);
    const FrameClass before = t > 0 ? widened(t - 1, count) : own;
    const FrameClass after = t + 1 < count ? widened(t + 1, count) : before;
    // A stable stretch of a single group is not worth a change of codec.
    const bool lone = own == FrameClass::stable && before != FrameClass::stable && after != FrameClass::stable;
    labels_.push_back(lone ? before : own);
  }
}

}  // namespace seben::quant
