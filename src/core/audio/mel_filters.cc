// SPDX-License-Identifier: Apache-2.0
#include "audio/mel_filters.h"

#include <algorithm>
#include <cmath>

namespace seben::frontend {
namespace {

// Slaney's scale: 3 mel every 200 Hz up to 1 kHz (15 mel), from there 27 mel for a factor of 6.4.
constexpr double kHzPerMel = 200.0 / 3.0;
constexpr double kBreakHz = 1000.0;
constexpr double kBreakMel = kBreakHz / kHzPerMel;

double log_step() { return std::log(6.4) / 27.0; }

double hz_to_mel(double hz) {
  return hz < kBreakHz ? hz / kHzPerMel : kBreakMel + std::log(hz / kBreakHz) / log_step();
}

double mel_to_hz(double mel) {
  return mel < kBreakMel ? mel * kHzPerMel : kBreakHz * std::exp((mel - kBreakMel) * log_step());
}

}  // namespace

MelFilters::MelFilters(int n_mels, int bins, int sample_rate) {
  const double top_hz = sample_rate / 2.0;
  const double top_mel = hz_to_mel(top_hz);
  const auto point_hz = [&](int i) { return mel_to_hz(top_mel * i / (n_mels + 1)); };
  offset_.push_back(0);
  for (int mel = 0; mel < n_mels; ++mel) {
    const double left = point_hz(mel);
    const double centre = point_hz(mel + 1);
    const double right = point_hz(mel + 2);
    int first = 0;
    bool inside = false;
    for (int bin = 0; bin < bins; ++bin) {
      const double hz = top_hz * bin / (bins - 1);
      const double height = std::min((hz - left) / (centre - left), (right - hz) / (right - centre));
      if (height <= 0.0) continue;
      if (!inside) first = bin;
      inside = true;
      weights_.push_back(height * 2.0 / (right - left));
    }
    first_.push_back(first);
    offset_.push_back(static_cast<int>(weights_.size()));
  }
}

MelFilters::Filter MelFilters::filter(int mel) const {
  const auto index = static_cast<std::size_t>(mel);
  const auto begin = static_cast<std::size_t>(offset_[index]);
  const auto end = static_cast<std::size_t>(offset_[index + 1]);
  return {first_[index], std::span<const double>(weights_).subspan(begin, end - begin)};
}

}  // namespace seben::frontend
