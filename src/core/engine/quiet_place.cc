// SPDX-License-Identifier: Apache-2.0
#include "engine/quiet_place.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "audio/log_mel.h"
#include "seben/error.h"

namespace seben::pipeline {
namespace {

constexpr std::int64_t kAround = 15;      // hops on both sides of a place that are to be quiet
constexpr double kDecibelsASecond = 0.5;  // that a later cut may be louder: a window costs the same whatever it holds
constexpr double kSilence = 1e-10;        // power
constexpr double kAlike = 6.0;            // decibels above the quietest place that are no difference
constexpr double kInaudible = -60.0;      // decibels of full scale below which there is none either

// Mean power around each hop, in decibels.
std::vector<double> loudness(std::span<const float> samples) {
  const auto hops = static_cast<std::int64_t>(samples.size()) / frontend::kHop;
  std::vector<double> sums(static_cast<std::size_t>(hops) + 1, 0.0);
  for (std::int64_t h = 0; h < hops; ++h) {
    double power = 0.0;
    for (std::int64_t i = h * frontend::kHop; i < (h + 1) * frontend::kHop; ++i) {
      const double x = static_cast<double>(samples[static_cast<std::size_t>(i)]);
      power += x * x;
    }
    sums[static_cast<std::size_t>(h) + 1] = sums[static_cast<std::size_t>(h)] + power;
  }
  std::vector<double> out;
  for (std::int64_t h = 0; h < hops; ++h) {
    const auto from = static_cast<std::size_t>(std::max<std::int64_t>(0, h - kAround));
    const auto to = static_cast<std::size_t>(std::min(hops, h + kAround));
    const double mean = (sums[to] - sums[from]) / static_cast<double>(to - from) / double{frontend::kHop};
    out.push_back(10.0 * std::log10(std::max(mean, 0.0) + kSilence));
  }
  return out;
}

}  // namespace

std::int64_t quiet_place(std::span<const float> samples) {
  const std::vector<double> levels = loudness(samples);
  const auto hops = static_cast<std::int64_t>(levels.size());
  if (hops < 200) throw Error(ErrorCategory::internal, "quiet place", "2 seconds or more", "fewer");
  const std::int64_t from = hops * 2 / 3;
  const double quietest = *std::min_element(levels.begin() + static_cast<std::ptrdiff_t>(from), levels.end());
  const double pause = std::max(quietest + kAlike, kInaudible);
  std::int64_t best = from;
  double least = INFINITY;
  for (std::int64_t h = from; h < hops - kAround; ++h) {
    const double seconds = static_cast<double>(h) * frontend::kHop / 16000.0;
    const double cost = std::max(levels[static_cast<std::size_t>(h)], pause) - kDecibelsASecond * seconds;
    if (cost > least) continue;
    least = cost;
    best = h;
  }
  return best;
}

}  // namespace seben::pipeline
