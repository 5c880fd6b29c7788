// SPDX-License-Identifier: Apache-2.0
#include "convert/palette.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace seben::convert {
namespace {

constexpr std::size_t kBins = 65536;
constexpr int kRounds = 60;

struct Histogram {
  float low = std::numeric_limits<float>::max(), high = std::numeric_limits<float>::lowest();
  std::vector<double> count, sum;  ///< of each bin: how many, and their sum

  [[nodiscard]] std::size_t bin_of(float v) const {
    const double place = (static_cast<double>(v) - low) / (static_cast<double>(high) - low) * (kBins - 1);
    return static_cast<std::size_t>(std::clamp(place, 0.0, static_cast<double>(kBins - 1)));
  }
};

Histogram histogram_of(const std::function<void(const FloatSink&)>& each) {
  Histogram h;
  each([&](std::span<const float> values) {
    for (const float v : values) {
      h.low = std::min(h.low, v);
      h.high = std::max(h.high, v);
    }
  });
  h.count.assign(kBins, 0.0);
  h.sum.assign(kBins, 0.0);
  if (!(h.high > h.low)) return h;
  each([&](std::span<const float> values) {
    for (const float v : values) {
      const std::size_t bin = h.bin_of(v);
      h.count[bin] += 1.0;
      h.sum[bin] += static_cast<double>(v);
    }
  });
  return h;
}

std::vector<double> quantiles(const Histogram& h, std::size_t entries) {
  double total = 0.0;
  for (const double c : h.count) total += c;
  std::vector<double> centres;
  double seen = 0.0;
  for (std::size_t bin = 0; bin < kBins && centres.size() < entries; ++bin) {
    seen += h.count[bin];
    while (centres.size() < entries && h.count[bin] > 0.0 &&
           seen >= total * (static_cast<double>(centres.size()) + 0.5) / static_cast<double>(entries)) {
      centres.push_back(h.sum[bin] / h.count[bin]);
    }
  }
  while (centres.size() < entries) centres.push_back(static_cast<double>(h.high));
  return centres;
}

// One round of Lloyd's algorithm over sorted centres; returns the largest move.
double improve(const Histogram& h, std::vector<double>& centres) {
  std::vector<double> count(centres.size(), 0.0), sum(centres.size(), 0.0);
  std::size_t k = 0;
  for (std::size_t bin = 0; bin < kBins; ++bin) {
    if (h.count[bin] == 0.0) continue;
    const double mean = h.sum[bin] / h.count[bin];
    while (k + 1 < centres.size() && std::abs(centres[k + 1] - mean) < std::abs(centres[k] - mean)) ++k;
    count[k] += h.count[bin];
    sum[k] += h.sum[bin];
  }
  double moved = 0.0;
  for (std::size_t i = 0; i < centres.size(); ++i) {
    if (count[i] == 0.0) continue;
    moved = std::max(moved, std::abs(centres[i] - sum[i] / count[i]));
    centres[i] = sum[i] / count[i];
  }
  std::ranges::sort(centres);
  return moved;
}

}  // namespace

std::uint8_t Palette::nearest(float value) const {
  const auto above = std::ranges::lower_bound(values, value);
  if (above == values.begin()) return 0;
  const auto below = above - 1;
  const bool lower = above == values.end() || value - *below <= *above - value;
  return static_cast<std::uint8_t>((lower ? below : above) - values.begin());
}

Palette make_palette(const std::function<void(const FloatSink&)>& each, int bits) {
  const std::size_t entries = std::size_t{1} << static_cast<unsigned>(bits);
  const Histogram h = histogram_of(each);
  Palette palette;
  if (!(h.high > h.low)) {
    palette.values.assign(entries, h.low);
    return palette;
  }
  std::vector<double> centres = quantiles(h, entries);
  const double enough = 1e-7 * (static_cast<double>(h.high) - static_cast<double>(h.low));
  for (int round = 0; round < kRounds && improve(h, centres) > enough; ++round) {
  }
  for (const double c : centres) palette.values.push_back(static_cast<float>(c));
  return palette;
}

}  // namespace seben::convert
