// SPDX-License-Identifier: Apache-2.0
// The Slaney mel filter bank, stored without its zeros.
#pragma once

#include <span>
#include <vector>

namespace seben::frontend {

/// Triangular filters between `n_mels + 2` points that are equally spaced on Slaney's mel scale (linear below 1 kHz,
/// logarithmic above; Auditory Toolbox, 1998) from 0 to half the sample rate, each of area 1 in Hz.
class MelFilters {
 public:
  /// One filter: weights for the bins [first, first + weights.size()).
  struct Filter {
    int first = 0;
    std::span<const double> weights;
  };

  /// `bins` = n_fft / 2 + 1 bins from 0 Hz to `sample_rate` / 2.
  MelFilters(int n_mels, int bins, int sample_rate);

  [[nodiscard]] int n_mels() const noexcept { return static_cast<int>(first_.size()); }
  [[nodiscard]] Filter filter(int mel) const;

  /// The same as flat arrays: filter m has weights [offsets[m], offsets[m + 1]) from bin firsts[m] on.
  [[nodiscard]] std::span<const int> firsts() const noexcept { return first_; }
  [[nodiscard]] std::span<const int> offsets() const noexcept { return offset_; }
  [[nodiscard]] std::span<const double> weights() const noexcept { return weights_; }

 private:
  std::vector<int> first_;       // [n_mels] first bin with weight
  std::vector<int> offset_;      // [n_mels + 1] into weights_
  std::vector<double> weights_;  // the nonzero weights, filter after filter
};

}  // namespace seben::frontend
