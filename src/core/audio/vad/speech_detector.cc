// SPDX-License-Identifier: Apache-2.0
#include "audio/vad/speech_detector.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <string>
#include <utility>

#include "seben/error.h"

namespace seben::generate {
namespace {

constexpr std::int64_t kRate = 16000, kFrame = 320;
constexpr std::size_t kTransform = 512;  // a frame and zeros
constexpr std::size_t kLowBin = 100 * kTransform / kRate + 1, kHighBin = 4000 * kTransform / kRate;

// Radix-2 transform in place (Cooley and Tukey 1965), real and imaginary parts apart so that a stage's inner loop is
// vector instructions.
class Transform {
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
      const double angle = 2.0 * std::numbers::pi * (static_cast<double>(i) + 0.5) / static_cast<double>(kFrame);
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
  std::array<float, kFrame> window_;
  std::array<std::uint16_t, kFrame> place_;
  std::array<float, kTransform / 2> powers_;
};

struct Frame {
  float level = 0.0F;     // dB of full scale, within the band
  float flatness = 1.0F;  // geometric to arithmetic mean of the band's powers
};

Frame measure(Transform& transform, std::span<const float> samples) {
  const auto& powers = transform.powers(samples);
  double sum = 0.0, logs = 0.0;
  constexpr double kLeast = 1e-12;
  for (std::size_t i = kLowBin; i < kHighBin; ++i) {
    const double p = static_cast<double>(powers[i]) + kLeast;
    sum += p;
    logs += std::log(p);
  }
  constexpr double kBins = static_cast<double>(kHighBin - kLowBin);
  // A full-scale sine has 0 dB: the window halves its amplitude, and its power lies in two halves of the spectrum.
  constexpr double kFullScale = 0.375 * kFrame * kTransform / 4.0;
  return {static_cast<float>(10.0 * std::log10(sum / kFullScale)),
          static_cast<float>(std::exp(logs / kBins) / (sum / kBins))};
}

// Lengthens runs of `value` that are shorter than `least` frames into their neighbours' value.
void drop_short(std::vector<char>& speech, char value, std::int64_t least) {
  for (std::size_t first = 0; first < speech.size();) {
    std::size_t end = first;
    while (end < speech.size() && speech[end] == speech[first]) ++end;
    const bool inside = value != 0 || (first > 0 && end < speech.size());
    if (speech[first] == value && inside && static_cast<std::int64_t>(end - first) < least) {
      std::fill(speech.begin() + static_cast<std::ptrdiff_t>(first), speech.begin() + static_cast<std::ptrdiff_t>(end),
                static_cast<char>(value == 0));
    }
    first = end;
  }
}

// Frames of a recording; an incomplete last one is left out.
std::size_t whole_frames(std::span<const float> samples) { return samples.size() / std::size_t{kFrame}; }
std::span<const float> frame(std::span<const float> samples, std::size_t i) {
  return samples.subspan(i * std::size_t{kFrame}, std::size_t{kFrame});
}

// The level that a tenth of the frames does not reach.
template <typename Level>
Level quietest_tenth(std::vector<Level> levels) {
  const auto tenth = levels.begin() + static_cast<std::ptrdiff_t>(levels.size() / 10);
  std::ranges::nth_element(levels, tenth);
  return *tenth;
}

double level_db(std::span<const float> samples) {
  double power = 0.0;
  for (const float x : samples) power += static_cast<double>(x) * static_cast<double>(x);
  return 10.0 * std::log10(power / static_cast<double>(samples.size()) + 1e-20);
}

std::int64_t frames_of(double seconds) {
  return static_cast<std::int64_t>(std::nearbyint(seconds * static_cast<double>(kRate) / static_cast<double>(kFrame)));
}

}  // namespace

std::vector<SpeechRange> find_speech(std::span<const float> samples, const SpeechOptions& o) {
  for (std::size_t i = 0; i < samples.size(); ++i) {
    if (!std::isfinite(samples[i])) {
      throw Error(ErrorCategory::bad_data, "speech detector: samples", "finite values",
                  "another at " + std::to_string(i));
    }
  }
  const std::size_t count = whole_frames(samples);
  if (count == 0) return {};
  Transform transform;
  std::vector<Frame> frames(count);
  std::vector<float> levels(count);
  for (std::size_t i = 0; i < count; ++i) {
    frames[i] = measure(transform, frame(samples, i));
    levels[i] = frames[i].level;
  }
  const double floor = std::clamp(static_cast<double>(quietest_tenth(std::move(levels))), o.quietest_db - o.onset_db,
                                  o.loudest_floor_db);

  std::vector<char> speech(count, 0);
  bool on = false;
  for (std::size_t i = 0; i < count; ++i) {
    const auto level = static_cast<double>(frames[i].level), flatness = static_cast<double>(frames[i].flatness);
    on = level >= o.quietest_db && level >= floor + (on ? o.stay_db : o.onset_db) &&
         flatness < (on ? o.stay_flatness : o.onset_flatness);
    speech[i] = on ? 1 : 0;
  }
  // Pauses first: a word of several short sounds is not a row of clicks.
  drop_short(speech, 0, frames_of(std::min(o.min_silence, 0.06)));
  drop_short(speech, 1, frames_of(o.min_speech));
  drop_short(speech, 0, frames_of(o.min_silence));

  const auto margin = static_cast<std::int64_t>(o.margin * static_cast<double>(kRate));
  const auto total = static_cast<std::int64_t>(samples.size());
  std::vector<SpeechRange> out;
  for (std::size_t first = 0; first < count;) {
    std::size_t end = first;
    while (end < count && speech[end] == speech[first]) ++end;
    if (speech[first] != 0) {
      const SpeechRange range{std::max<std::int64_t>(0, static_cast<std::int64_t>(first) * kFrame - margin),
                              std::min(total, static_cast<std::int64_t>(end) * kFrame + margin)};
      if (!out.empty() && range.first <= out.back().end) {
        out.back().end = range.end;
      } else {
        out.push_back(range);
      }
    }
    first = end;
  }
  return out;
}

SpeechEnergy speech_energy(std::span<const float> samples) {
  constexpr double kFloorDb = -55.0, kAboveBackgroundDb = 12.0, kFrameSeconds = 0.02;
  SpeechEnergy out;
  std::vector<double> levels(whole_frames(samples));
  if (levels.empty()) return out;
  for (std::size_t i = 0; i < levels.size(); ++i) levels[i] = level_db(frame(samples, i));
  out.peak_dbfs = *std::ranges::max_element(levels);
  const double threshold = std::max(kFloorDb, quietest_tenth(levels) + kAboveBackgroundDb);
  const auto loud = std::ranges::count_if(levels, [threshold](double db) { return db >= threshold; });
  out.seconds = static_cast<double>(loud) * kFrameSeconds;
  return out;
}

bool is_silent(std::span<const SpeechRange> speech, std::int64_t first, std::int64_t end) noexcept {
  return std::ranges::none_of(speech, [&](const SpeechRange& r) { return r.first < end && first < r.end; });
}

}  // namespace seben::generate
