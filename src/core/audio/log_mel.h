// SPDX-License-Identifier: Apache-2.0
// Whisper's log-mel spectrogram of one 30 s window, or of a window's part of a recording.
//
// Per frame t of 3000: samples [160 t - 200, 160 t + 200) of the window, zero-padded to 480000 samples and reflected
// at both of its ends, times a periodic Hann window of 400; power spectrum of 201 bins; Slaney mel filters (Slaney
// scale, area norm) from 0 to 8000 Hz; log10 floored at 1e-10; over the window floored at its maximum - 8; then
// (x + 4) / 4. As in Whisper (Radford et al. 2022) and Hugging Face's WhisperFeatureExtractor. What openai-whisper does
// otherwise with windows and their padding is said in framing.h.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "audio/framing.h"
#include "audio/mel_filters.h"
#include "base/isa.h"

namespace seben::frontend {

inline constexpr int kFftSize = 400;              ///< samples under the window function
inline constexpr int kHop = 160;                  ///< samples between frames
inline constexpr int kFrames = 3000;              ///< frames of a window
inline constexpr int kBins = kFftSize / 2 + 1;    ///< bins of the power spectrum
inline constexpr int kWindowLength = 480000;      ///< samples of a window
inline constexpr int kMelContext = kFftSize / 2;  ///< samples on both sides of a part that its frames see

/// A window's part of a recording that goes on around it.
struct MelPart {
  std::span<const float> samples;  ///< the part, and kMelContext more on both sides as far as the recording has them
  std::size_t before = 0;          ///< of `samples`, how many are ahead of the part
  int frames = kFrames;            ///< whole hops of the part that are sound; the rest is padding
};

struct LogMelTables;

/// Immutable after construction, so one object serves any number of threads. compute() allocates nothing.
class LogMel {
 public:
  /// `n_mels` is 80 or 128, else Error(bad_data). `isa` above base::best_isa() is Error(usage). All sets give the
  /// same values but for the rounding of the last place of a double.
  explicit LogMel(int n_mels, base::Isa isa = base::best_isa());
  LogMel(LogMel&&) noexcept;
  LogMel& operator=(LogMel&&) noexcept;
  ~LogMel();

  /// `samples`: at most 480000, the rest of the window is silence. `mel`: row-major [n_mels, 3000].
  /// Throws Error(internal) for other lengths.
  void compute(std::span<const float> samples, std::span<float> mel) const;
  /// The same, padded as `padding` says: Scope::window.
  void compute(std::span<const float> samples, Padding padding, std::span<float> mel) const;
  /// Scope::recording: `largest` is what largest_log has found in the whole recording.
  void compute(const MelPart& part, float largest, Padding padding, std::span<float> mel) const;
  /// log10 of the loudest mel power of a part, at least -10; frames behind its sound count as far as they see some.
  /// `mel` is for its use.
  [[nodiscard]] float largest_log(const MelPart& part, std::span<float> mel) const;

  [[nodiscard]] int n_mels() const noexcept { return filters_.n_mels(); }

 private:
  struct Sight;
  float logs(const Sight& sight, std::span<float> mel) const;
  void finish(int sound, float largest, Padding padding, std::span<float> mel) const;
  void require(bool fits, std::size_t samples, std::size_t values) const;

  MelFilters filters_;
  std::unique_ptr<LogMelTables> tables_;  // points into filters_' arrays, which moving does not move
  base::Isa isa_;
};

}  // namespace seben::frontend
