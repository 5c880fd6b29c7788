// SPDX-License-Identifier: Apache-2.0
// Where somebody may be speaking, by loudness and spectrum alone: it needs no weights. A frame is likely speech when it
// is louder than the recording's quiet parts between 100 and 4000 Hz and its spectrum has peaks there, as voices have
// and noise has not. It is a gate before a recogniser: it would rather keep noise than lose speech.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace seben::generate {

struct SpeechOptions {
  double onset_db = 9.0;            ///< above the floor where speech begins
  double stay_db = 5.0;             ///< above the floor where it goes on
  double onset_flatness = 0.35;     ///< spectral flatness (0 a tone, about 0.56 white noise) below which it begins
  double stay_flatness = 0.50;      ///< and below which it goes on
  double quietest_db = -60.0;       ///< of full scale; what is softer is silence
  double loudest_floor_db = -38.0;  ///< the floor is not taken to be higher: a recording may have no quiet part
  double min_speech = 0.10;         ///< seconds; what is shorter is a click
  double min_silence = 0.30;        ///< seconds; what is shorter is a pause within speech
  double margin = 0.10;             ///< seconds that are added on both sides
};

struct SpeechRange {
  std::int64_t first = 0, end = 0;  ///< samples, end excluded
  [[nodiscard]] bool operator==(const SpeechRange&) const = default;
};

/// The parts of a recording at 16 kHz with speech, in order, apart from each other. Frames of 20 ms; an incomplete last
/// one is silence. Error(bad_data) for samples that are not finite.
[[nodiscard]] std::vector<SpeechRange> find_speech(std::span<const float> samples, const SpeechOptions& options = {});

/// Whether none of `speech` touches samples first..end-1.
[[nodiscard]] bool is_silent(std::span<const SpeechRange> speech, std::int64_t first, std::int64_t end) noexcept;

/// The coarser question, for a second look at what was decoded: how much of a recording is louder than its background,
/// noise that is not steady included. 20 ms frames at least 12 dB above the quietest tenth and above -55 dBFS.
struct SpeechEnergy {
  double seconds = 0.0;
  double peak_dbfs = -200.0;  ///< loudest frame

  [[nodiscard]] bool likely_speech() const noexcept { return seconds >= 0.3; }
};

/// `samples` at 16 kHz, without padding.
[[nodiscard]] SpeechEnergy speech_energy(std::span<const float> samples);

}  // namespace seben::generate
