// SPDX-License-Identifier: Apache-2.0
#include "core/audio/log_mel_reference.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace seben::frontend::testing {
namespace {

constexpr std::size_t kWindow = 480000;
constexpr std::size_t kFft = 400;
constexpr std::size_t kBinCount = 201;
constexpr std::size_t kFrameCount = 3000;

double mel_point_hz(double mel) { return mel < 15.0 ? mel * 200.0 / 3.0 : 1000.0 * std::pow(6.4, (mel - 15.0) / 27.0); }

std::vector<double> padded(std::span<const float> samples) {
  std::vector<double> window(kWindow, 0.0);
  std::copy(samples.begin(), samples.end(), window.begin());
  std::vector<double> out(kWindow + kFft);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto from = static_cast<long>(i) - 200;
    const long last = static_cast<long>(kWindow) - 1;
    const long mirrored = from < 0 ? -from : from > last ? 2 * last - from : from;
    out[i] = window[static_cast<std::size_t>(mirrored)];
  }
  return out;
}

// Power of the 201 bins; all zero input gives exact zeros.
std::vector<double> power(const double* frame) {
  static const auto cosine = [] {
    std::vector<double> table(kFft);
    for (std::size_t i = 0; i < kFft; ++i) {
      table[i] = std::cos(2.0 * std::numbers::pi * static_cast<double>(i) / kFft);
    }
    return table;
  }();
  std::vector<double> re(kBinCount, 0.0);
  std::vector<double> im(kBinCount, 0.0);
  for (std::size_t n = 0; n < kFft; ++n) {
    const double x = frame[n] * (0.5 - 0.5 * cosine[n]);
    if (x == 0.0) continue;
    for (std::size_t k = 0; k < kBinCount; ++k) {
      re[k] += x * cosine[n * k % kFft];
      im[k] += x * cosine[(n * k + 100) % kFft];
    }
  }
  for (std::size_t k = 0; k < kBinCount; ++k) re[k] = re[k] * re[k] + im[k] * im[k];
  return re;
}

}  // namespace

std::vector<std::vector<double>> reference_filters(int n_mels) {
  const double top = 15.0 + 27.0 * std::log(8.0) / std::log(6.4);  // 8000 Hz
  std::vector<std::vector<double>> filters;
  for (int m = 0; m < n_mels; ++m) {
    const double left = mel_point_hz(top * m / (n_mels + 1));
    const double centre = mel_point_hz(top * (m + 1) / (n_mels + 1));
    const double right = mel_point_hz(top * (m + 2) / (n_mels + 1));
    std::vector<double> row(kBinCount);
    for (std::size_t k = 0; k < kBinCount; ++k) {
      const double hz = 40.0 * static_cast<double>(k);
      const double rise = (hz - left) / (centre - left);
      const double fall = (right - hz) / (right - centre);
      row[k] = std::max(0.0, std::min(rise, fall)) * 2.0 / (right - left);
    }
    filters.push_back(std::move(row));
  }
  return filters;
}

std::vector<float> reference_log_mel(std::span<const float> samples, int n_mels) {
  const std::vector<double> signal = padded(samples);
  const auto filters = reference_filters(n_mels);
  std::vector<float> mel(filters.size() * kFrameCount);
  for (std::size_t t = 0; t < kFrameCount; ++t) {
    const std::vector<double> bins = power(signal.data() + 160 * t);
    for (std::size_t m = 0; m < filters.size(); ++m) {
      double sum = 0.0;
      for (std::size_t k = 0; k < kBinCount; ++k) sum += filters[m][k] * bins[k];
      mel[m * kFrameCount + t] = static_cast<float>(std::log10(std::max(sum, 1e-10)));
    }
  }
  const float floor = *std::max_element(mel.begin(), mel.end()) - 8.0F;
  for (float& value : mel) value = (std::max(value, floor) + 4.0F) / 4.0F;
  return mel;
}

std::vector<float> reference_recording_log_mel(std::span<const float> recording, int n_mels, std::size_t seek,
                                               std::size_t size) {
  std::vector<double> signal(200);
  signal.insert(signal.end(), recording.begin(), recording.end());
  signal.resize(signal.size() + kWindow + 200);  // what is mirrored at this end is silence
  for (std::size_t i = 1; i <= 200; ++i) signal[200 - i] = signal[200 + i];
  const auto filters = reference_filters(n_mels);
  const std::size_t frames = (recording.size() + kWindow) / 160;
  std::vector<float> mel(filters.size() * kFrameCount, 0.0F);
  float largest = -10.0F;
  for (std::size_t t = 0; t < frames; ++t) {
    const std::vector<double> bins = power(signal.data() + 160 * t);
    for (std::size_t m = 0; m < filters.size(); ++m) {
      double sum = 0.0;
      for (std::size_t k = 0; k < kBinCount; ++k) sum += filters[m][k] * bins[k];
      const auto value = static_cast<float>(std::log10(std::max(sum, 1e-10)));
      largest = std::max(largest, value);
      if (t >= seek && t < seek + size) mel[m * kFrameCount + t - seek] = value;
    }
  }
  for (std::size_t m = 0; m < filters.size(); ++m) {
    for (std::size_t t = 0; t < size; ++t) {
      float& value = mel[m * kFrameCount + t];
      value = (std::max(value, largest - 8.0F) + 4.0F) / 4.0F;
    }
  }
  return mel;
}

}  // namespace seben::frontend::testing
