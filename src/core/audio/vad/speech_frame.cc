// SPDX-License-Identifier: Apache-2.0
#include "audio/vad/speech_frame.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace seben::generate {
namespace {

constexpr std::int64_t kMeterRate = 16000;
constexpr std::size_t kTransform = 512;  // a frame and zeros
constexpr std::size_t kLowBin = 100 * kTransform / kMeterRate + 1, kHighBin = 4000 * kTransform / kMeterRate;

}  // namespace

// Radix-2 transform in place (Cooley and Tukey 1965), real and imaginary parts apart so that a stage's inner loop is
// vector instructions.
class SpeechMeter::Transform {
 public:
  Transform() {
    // A stage that joins halves of n values turns by the n entries from n - 1 on.
    for (std::size_t half = 1; half < kTransform; half *= 2) {
      for (std::size_t k = 0; k < half; ++k) {
        const double angle = -std::numbers::pi * static_cast<double>(k) / static_cast<double>(half);
        turn_real_[half - 1 + k] = static_cast<float>(std::cos(angle));
        turn_imaginary_[half - 1 + k] = static_cast<float>(std::sin(angle));
      }
    }
    for (std::size_t i = 0; i < window_.size(); ++i) {
      const double angle = 2.0 * std::numbers::pi * (static_cast<double>(i) + 0.5) / static_cast<double>(kSpeechFrame);
      window_[i] = static_cast<float>(0.5 - 0.5 * std::cos(angle));
      place_[i] = static_cast<std::uint16_t>(reversed(i));
    }
  }

  // Powers of the bins of a frame.
  const std::array<float, kTransform / 2>& powers(std::span<const float> frame) {
    real_.fill(0.0F);
    imaginary_.fill(0.0F);
    for (std::size_t i = 0; i < window_.size(); ++i) real_[place_[i]] = frame[i] * window_[i];
    for (std::size_t half = 1; half < kTransform; half *= 2) {
      for (std::size_t first = 0; first < kTransform; first += 2 * half) join(first, half);
    }
    for (std::size_t i = 0; i < powers_.size(); ++i) powers_[i] = real_[i] * real_[i] + imaginary_[i] * imaginary_[i];
    return powers_;
  }

 private:
  // Joins the transforms of `half` values each at `first` and behind it.
  void join(std::size_t first, std::size_t half) {
    float* const __restrict even_real = real_.data() + first;
    float* const __restrict even_imaginary = imaginary_.data() + first;
    float* const __restrict odd_real = even_real + half;
    float* const __restrict odd_imaginary = even_imaginary + half;
    const float* const __restrict c = turn_real_.data() + half - 1;
    const float* const __restrict s = turn_imaginary_.data() + half - 1;
    for (std::size_t k = 0; k < half; ++k) {
      const float real = odd_real[k] * c[k] - odd_imaginary[k] * s[k];
      const float imaginary = odd_real[k] * s[k] + odd_imaginary[k] * c[k];
      odd_real[k] = even_real[k] - real;
      odd_imaginary[k] = even_imaginary[k] - imaginary;
      even_real[k] += real;
      even_imaginary[k] += imaginary;
    }
  }

  static std::size_t reversed(std::size_t i) {
    std::size_t out = 0;
    for (std::size_t bit = 1; bit < kTransform; bit *= 2) {
      out = out * 2 + (i & 1U);
      i /= 2;
    }
    return out;
  }

  std::array<float, kTransform> turn_real_, turn_imaginary_, real_, imaginary_;
  std::array<float, kSpeechFrame> window_;
  std::array<std::uint16_t, kSpeechFrame> place_;
  std::array<float, kTransform / 2> powers_;
};

SpeechMeter::SpeechMeter() : transform_(std::make_unique<Transform>()) {}
SpeechMeter::SpeechMeter(SpeechMeter&&) noexcept = default;
SpeechMeter& SpeechMeter::operator=(SpeechMeter&&) noexcept = default;
SpeechMeter::~SpeechMeter() = default;

SpeechFrame SpeechMeter::measure(std::span<const float> samples) {
  const auto& powers = transform_->powers(samples);
  double sum = 0.0, logs = 0.0;
  constexpr double kLeast = 1e-12;
  for (std::size_t i = kLowBin; i < kHighBin; ++i) {
    const double p = static_cast<double>(powers[i]) + kLeast;
    sum += p;
    logs += std::log(p);
  }
  constexpr double kBins = static_cast<double>(kHighBin - kLowBin);
  // A full-scale sine has 0 dB: the window halves its amplitude, and its power lies in two halves of the spectrum.
  constexpr double kFullScale = 0.375 * kSpeechFrame * kTransform / 4.0;
  return {static_cast<float>(10.0 * std::log10(sum / kFullScale)),
          static_cast<float>(std::exp(logs / kBins) / (sum / kBins))};
}

double speech_floor(double quietest_tenth, const SpeechOptions& o) noexcept {
  return std::clamp(quietest_tenth, o.quietest_db - o.onset_db, o.loudest_floor_db);
}

bool is_speech(const SpeechFrame& frame, double floor, bool on, const SpeechOptions& o) noexcept {
  const auto level = static_cast<double>(frame.level), flatness = static_cast<double>(frame.flatness);
  return level >= o.quietest_db && level >= floor + (on ? o.stay_db : o.onset_db) &&
         flatness < (on ? o.stay_flatness : o.onset_flatness);
}

}  // namespace seben::generate
