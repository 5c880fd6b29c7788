// SPDX-License-Identifier: Apache-2.0
#include "decode/ctc/blank_guard.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/format.h"

namespace seben::ctc {

BlankStatistics blank_statistics(LogProbsView log_probs, std::int64_t blank) {
  BlankStatistics out;
  if (log_probs.frames == 0) return out;
  std::vector<std::int64_t> counts(static_cast<std::size_t>(log_probs.classes), 0);
  for (std::int64_t t = 0; t < log_probs.frames; ++t) {
    const auto row = log_probs.row(t);
    ++counts[static_cast<std::size_t>(std::ranges::max_element(row) - row.begin())];
    out.mean_mass += std::exp(static_cast<double>(log_probs.at(t, blank)));
  }
  const auto frames = static_cast<double>(log_probs.frames);
  out.mean_mass /= frames;
  out.blank_share = static_cast<double>(counts[static_cast<std::size_t>(blank)]) / frames;
  out.best_class = std::ranges::max_element(counts) - counts.begin();
  return out;
}

std::string suspect_blank(const BlankStatistics& statistics, const generate::SpeechEnergy& energy) {
  if (statistics.blank_share < 1.0 || statistics.mean_mass < 0.98 || !energy.likely_speech()) return {};
  return base::format(
      "every frame is blank (mean mass {:.3f}) although {:.1f} s of the audio hold speech energy (peak {:.0f} dBFS): "
      "are the features those that the head was trained on?",
      statistics.mean_mass, energy.seconds, energy.peak_dbfs);
}

std::string silence_mismatch(const BlankStatistics& on_silence, std::int64_t blank) {
  if (on_silence.best_class == blank) return {};
  return base::format("vocabulary mismatch: on silence the most frequent class is {}, but the declared blank is {}",
                      on_silence.best_class, blank);
}

}  // namespace seben::ctc
