// SPDX-License-Identifier: Apache-2.0
#include "import/mel_filters.h"

#include <fmt/format.h>

#include <cmath>

#include "audio/mel_filters.h"
#include "seben/error.h"

namespace seben::models {
namespace {

constexpr int kBins = 201, kSampleRate = 16000;  // Whisper's spectrum: 400 samples of 16 kHz
constexpr float kTolerance = 1e-6F;              // of weights up to 0.03 that were computed in f32

}  // namespace

MelFilters whisper_filters(std::int64_t n_mels) {
  const frontend::MelFilters filters(static_cast<int>(n_mels), kBins, kSampleRate);
  MelFilters dense{n_mels, kBins, std::vector<float>(static_cast<std::size_t>(n_mels) * kBins, 0.0F)};
  for (int mel = 0; mel < filters.n_mels(); ++mel) {
    const frontend::MelFilters::Filter filter = filters.filter(mel);
    float* row = dense.weights.data() + static_cast<std::size_t>(mel) * kBins + filter.first;
    for (const double weight : filter.weights) *row++ = static_cast<float>(weight);
  }
  return dense;
}

void require_whisper_filters(const Model& model) {
  if (!model.mel_filters) return;
  const MelFilters& found = *model.mel_filters;
  const MelFilters should = whisper_filters(model.config.encoder.n_mels);
  const std::string where = model.source + ": mel filters";
  if (found.n_mels != should.n_mels || found.bins != should.bins) {
    throw Error(ErrorCategory::bad_data, where, fmt::format("[{}, {}]", should.n_mels, should.bins),
                fmt::format("[{}, {}]", found.n_mels, found.bins));
  }
  for (std::size_t i = 0; i < should.weights.size(); ++i) {
    if (std::abs(found.weights[i] - should.weights[i]) <= kTolerance) continue;  // false for NaN
    throw Error(ErrorCategory::bad_data, fmt::format("{}[{}][{}]", where, i / kBins, i % kBins),
                fmt::format("{}, as in Whisper's frontend", should.weights[i]), fmt::format("{}", found.weights[i]));
  }
}

}  // namespace seben::models
