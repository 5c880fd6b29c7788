// SPDX-License-Identifier: Apache-2.0
#include "swift/seeded_log_probs.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace seben::swift {
namespace {

// The label that peaks in each frame.
std::vector<std::int64_t> peaks(const SeededLogProbs& seeded, std::int64_t blank) {
  std::vector<std::int64_t> out(static_cast<std::size_t>(seeded.frames), blank);
  const auto count = static_cast<std::int64_t>(seeded.spoken.size());
  for (std::int64_t k = 0; k < count; ++k) {
    out[static_cast<std::size_t>((2 * k + 1) * seeded.frames / (2 * count))] =
        seeded.spoken[static_cast<std::size_t>(k)];
  }
  return out;
}

float on_grid(double weight, double total) {
  if (weight == 0.0) return -std::numeric_limits<float>::infinity();
  return static_cast<float>(std::nearbyint(std::log(weight / total) * 4096.0) / 4096.0);
}

}  // namespace

std::uint64_t SplitMix64::next() noexcept {
  state_ += 0x9E3779B97F4A7C15U;
  std::uint64_t z = state_;
  z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
  z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
  return z ^ (z >> 31U);
}

ctc::LogProbs make_log_probs(const SeededLogProbs& seeded, const nko::Vocabulary& vocabulary) {
  const std::size_t classes = vocabulary.size();
  std::vector<bool> masked(classes, false);
  for (const std::int64_t label : vocabulary.masked()) masked[static_cast<std::size_t>(label)] = true;
  SplitMix64 random(seeded.seed);
  ctc::LogProbs out;
  out.frames = seeded.frames;
  out.classes = static_cast<std::int64_t>(classes);
  std::vector<double> weights(classes);
  for (const std::int64_t place : peaks(seeded, vocabulary.blank())) {
    for (std::size_t c = 0; c < classes; ++c) weights[c] = masked[c] ? 0.0 : static_cast<double>(1 + random.below(64));
    double& peak = weights[static_cast<std::size_t>(place)];
    const auto power =
        seeded.peak + static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(seeded.spread) + 1));
    peak += std::ldexp(1.0, static_cast<int>(power));
    // In every fourth frame another class is nearly, or quite, as probable.
    const std::size_t rival = random.below(classes);
    if (random.below(4) == 0 && !masked[rival]) {
      const double rise = peak * static_cast<double>(1 + random.below(64)) / 64.0;
      weights[rival] += rise;
    }
    double total = 0.0;
    for (const double weight : weights) total += weight;
    for (const double weight : weights) out.values.push_back(on_grid(weight, total));
  }
  return out;
}

}  // namespace seben::swift
