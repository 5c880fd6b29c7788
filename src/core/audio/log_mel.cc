// SPDX-License-Identifier: Apache-2.0
#include "audio/log_mel.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <numbers>
#include <string>

#include "audio/log_mel_ops.h"
#include "base/dispatch.h"
#include "seben/error.h"

namespace seben::frontend {

SEBEN_DISPATCH(LogMelOps, log_mel_ops)

namespace {

constexpr int kSampleRate = 16000;
constexpr float kLogFloor = -10.0F;    // log10(1e-10)
constexpr float kDynamicRange = 8.0F;  // kept below the window's maximum, in log10
constexpr int kMaxLanes = 8;
constexpr int kMaxBlockSamples = kHop * (kMaxLanes - 1) + kFftSize;

ComplexTable root(int power, int order) {
  const double angle = -2.0 * std::numbers::pi * power / order;
  return {std::cos(angle), std::sin(angle)};
}

std::unique_ptr<LogMelTables> make_tables(const MelFilters& filters) {
  auto tables = std::make_unique<LogMelTables>();
  for (int n = 0; n < kFftSize; ++n) {
    const double hann = 0.5 - 0.5 * std::cos(2.0 * std::numbers::pi * n / kFftSize);
    tables->window[n] = 0.5 * hann;
  }
  for (int b = 0; b < 5; ++b) {
    for (int c = 0; c < 5; ++c) tables->twiddle25[b][c] = root(b * c, 25);
  }
  for (int n2 = 0; n2 < 8; ++n2) {
    for (int k1 = 0; k1 < 25; ++k1) tables->twiddle200[n2][k1] = root(n2 * k1, 200);
  }
  for (int k = 0; k <= 100; ++k) tables->twiddle400[k] = root(k, kFftSize);
  tables->filter_first = filters.firsts().data();
  tables->filter_offset = filters.offsets().data();
  tables->weights = filters.weights().data();
  tables->n_mels = filters.n_mels();
  return tables;
}

int checked_mels(int n_mels) {
  if (n_mels == 80 || n_mels == 128) return n_mels;
  throw Error(ErrorCategory::bad_data, "log-mel: n_mels", "80 or 128", std::to_string(n_mels));
}

void scale(std::span<float> mel, float largest) {
  const float floor = largest - kDynamicRange;
  for (float& value : mel) value = (std::max(value, floor) + 4.0F) / 4.0F;
}

}  // namespace

LogMel::LogMel(int n_mels, base::Isa isa)
    : filters_(checked_mels(n_mels), kBins, kSampleRate), tables_(make_tables(filters_)), isa_(isa) {
  if (isa > base::best_isa()) {
    throw Error(ErrorCategory::usage, "log-mel: instruction set", "one that this processor has", "a newer one");
  }
}

LogMel::LogMel(LogMel&&) noexcept = default;
LogMel& LogMel::operator=(LogMel&&) noexcept = default;
LogMel::~LogMel() = default;

// What frames see: samples, zeros behind them, and ahead of the recording, or behind a full window, their mirror image.
struct LogMel::Sight {
  std::span<const float> samples;
  int before = 0;            // of them, ahead of frame 0's middle
  bool mirrored_end = true;  // at kWindowLength

  [[nodiscard]] float at(int i) const {
    if (mirrored_end && i >= kWindowLength) i = 2 * (kWindowLength - 1) - i;
    i = std::abs(i + before);
    return i < static_cast<int>(samples.size()) ? samples[static_cast<std::size_t>(i)] : 0.0F;
  }
  // Frames from here on see nothing but zeros. The mirrored end cannot reach one of them: it shows the window's last 40
  // samples, and a recording that long leaves no such frame.
  [[nodiscard]] int first_silent_frame() const {
    return std::clamp((static_cast<int>(samples.size()) - before + kMelContext + kHop - 1) / kHop, 0, kFrames);
  }
};

void LogMel::require(bool fits, std::size_t samples, std::size_t values) const {
  const std::size_t wanted = static_cast<std::size_t>(n_mels()) * kFrames;
  if (fits && values == wanted) return;
  throw Error(ErrorCategory::internal, "log-mel", "at most 480000 samples and " + std::to_string(wanted) + " values",
              std::to_string(samples) + " samples and " + std::to_string(values) + " values");
}

float LogMel::logs(const Sight& sight, std::span<float> mel) const {
  const LogMelOps& kernel = log_mel_ops(isa_);
  const int block_samples = kHop * (kernel.lanes - 1) + kFftSize;
  const int silent = sight.first_silent_frame();
  float largest = kLogFloor;
  int frame = 0;
  for (; frame < silent; frame += kernel.lanes) {
    const int first = kHop * frame - kMelContext, place = first + sight.before;
    const bool inside = place >= 0 && place + block_samples <= static_cast<int>(sight.samples.size()) &&
                        !(sight.mirrored_end && first + block_samples > kWindowLength);
    std::array<float, kMaxBlockSamples> edge;
    if (!inside) {
      for (int i = 0; i < block_samples; ++i) edge[static_cast<std::size_t>(i)] = sight.at(first + i);
    }
    const float* in = inside ? sight.samples.data() + place : edge.data();
    largest = std::max(largest, kernel.block(*tables_, in, mel.data() + frame));
  }
  for (std::size_t row = 0; row < mel.size(); row += kFrames) {
    std::fill(mel.begin() + static_cast<std::ptrdiff_t>(row) + frame,
              mel.begin() + static_cast<std::ptrdiff_t>(row) + kFrames, kLogFloor);
  }
  return largest;
}

void LogMel::finish(int sound, float largest, Padding padding, std::span<float> mel) const {
  scale(mel, largest);
  if (padding == Padding::samples) return;
  for (std::size_t row = 0; row < mel.size(); row += kFrames) {
    std::fill(mel.begin() + static_cast<std::ptrdiff_t>(row) + sound,
              mel.begin() + static_cast<std::ptrdiff_t>(row) + kFrames, 0.0F);
  }
}

void LogMel::compute(std::span<const float> samples, std::span<float> mel) const {
  compute(samples, Padding::samples, mel);
}

void LogMel::compute(std::span<const float> samples, Padding padding, std::span<float> mel) const {
  require(samples.size() <= kWindowLength, samples.size(), mel.size());
  // Zeros follow the log-mel's way of padding also behind a full window, where silence would be mirrored away.
  const float largest = logs({samples, 0, padding == Padding::samples}, mel);
  finish(static_cast<int>(samples.size()) / kHop, largest, padding, mel);
}

void LogMel::compute(const MelPart& part, float largest, Padding padding, std::span<float> mel) const {
  require(part.samples.size() <= kWindowLength + 2 * kMelContext && part.before <= part.samples.size() &&
              part.frames >= 0 && part.frames <= kFrames,
          part.samples.size(), mel.size());
  (void)logs({part.samples, static_cast<int>(part.before), false}, mel);
  finish(part.frames, largest, padding, mel);
}

float LogMel::largest_log(const MelPart& part, std::span<float> mel) const {
  require(part.samples.size() <= kWindowLength + 2 * kMelContext && part.before <= part.samples.size(),
          part.samples.size(), mel.size());
  return logs({part.samples, static_cast<int>(part.before), false}, mel);
}

}  // namespace seben::frontend
