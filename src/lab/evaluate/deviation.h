// SPDX-License-Identifier: Apache-2.0
// By how much two runs of one model differ.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>

namespace seben::pipeline {

/// Sums over recordings of what two runs of one model differ by.
struct Deviation {
  double squared_error = 0.0, squared_norm = 0.0, largest_logit = 0.0;

  void add_features(std::span<const float> reference, std::span<const float> other) {
    for (std::size_t i = 0; i < reference.size(); ++i) {
      const double r = static_cast<double>(reference[i]), d = static_cast<double>(other[i]) - r;
      squared_error += d * d;
      squared_norm += r * r;
    }
  }
  // Log-probabilities of classes that neither run takes seriously may differ by anything.
  void add_log_probs(std::span<const float> reference, std::span<const float> other) {
    constexpr float kSerious = -6.9F;
    for (std::size_t i = 0; i < reference.size(); ++i) {
      if (reference[i] < kSerious && other[i] < kSerious) continue;
      add_log_prob(reference[i], other[i]);
    }
  }
  void add_log_prob(float reference, float other) {
    largest_logit = std::max(largest_logit, std::abs(static_cast<double>(reference) - static_cast<double>(other)));
  }
  [[nodiscard]] double relative() const { return std::sqrt(squared_error / std::max(squared_norm, 1e-30)); }
};

}  // namespace seben::pipeline
