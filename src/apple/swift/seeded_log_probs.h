// SPDX-License-Identifier: Apache-2.0
// Log-probabilities drawn from a seed, by arithmetic that Swift repeats exactly (SeededLogProbs.swift of the exported
// package), so that rows for comparing both need no arrays of their own.
#pragma once

#include <cstdint>
#include <vector>

#include "decode/ctc/log_probs.h"
#include "text/nko/vocabulary.h"

namespace seben::swift {

/// Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
class SplitMix64 {
 public:
  explicit SplitMix64(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() noexcept;
  /// 0..bound-1; the tiny bias does not matter here.
  std::uint64_t below(std::uint64_t bound) noexcept { return next() % bound; }

 private:
  std::uint64_t state_;
};

struct SeededLogProbs {
  std::uint64_t seed = 0;
  std::int64_t frames = 1;
  std::vector<std::int64_t> spoken;  ///< labels with a peak each, evenly over the frames; blanks between
  std::int64_t peak = 12;            ///< a peak's weight is 2^peak to 2^(peak + spread)
  std::int64_t spread = 0;           ///< the other classes' are 1 to 64
};

/// Every frame has integer weights; log-probabilities are log(weight / total), rounded to a grid of 2^-12 on which
/// differences between mathematical libraries vanish. The sums of probabilities stay within 1e-3 of 1.
[[nodiscard]] ctc::LogProbs make_log_probs(const SeededLogProbs& seeded, const nko::Vocabulary& vocabulary);

}  // namespace seben::swift
