// SPDX-License-Identifier: Apache-2.0
#include "audio/vad/speech_detector.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>

#include "audio/vad/speech_frame.h"
#include "seben/error.h"

namespace seben::generate {
namespace {

constexpr std::int64_t kRate = 16000, kFrame = kSpeechFrame;

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
  SpeechMeter meter;
  std::vector<SpeechFrame> frames(count);
  std::vector<float> levels(count);
  for (std::size_t i = 0; i < count; ++i) {
    frames[i] = meter.measure(frame(samples, i));
    levels[i] = frames[i].level;
  }
  const double floor = speech_floor(static_cast<double>(quietest_tenth(std::move(levels))), o);

  std::vector<char> speech(count, 0);
  bool on = false;
  for (std::size_t i = 0; i < count; ++i) {
    on = is_speech(frames[i], floor, on, o);
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
