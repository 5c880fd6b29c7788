// SPDX-License-Identifier: Apache-2.0
// A stream of samples through which windows move forward by steps of any size: bounded memory for any length.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "audio/log_mel.h"
#include "audio/windows.h"

namespace seben::pipeline {

class SlidingAudio {
 public:
  /// `source` as of audio::WindowReader; it must outlive this. `most`: samples of the longest window.
  explicit SlidingAudio(const audio::WindowReader::Source& source, std::size_t most = audio::kWindowSamples);

  /// At most `count` samples from place `first` of the recording on, fewer only where it ends. Valid until the next
  /// call. Places before the `first` of an earlier call are gone: Error(internal), as for more than `most` samples.
  [[nodiscard]] std::span<const float> at(std::int64_t first, std::size_t count);

  /// Samples that were read so far.
  [[nodiscard]] std::int64_t heard() const noexcept { return begin_ + static_cast<std::int64_t>(filled_); }

 private:
  void drop_before(std::int64_t first);

  const audio::WindowReader::Source& source_;
  std::vector<float> buffer_;
  std::int64_t begin_ = 0;  // place of buffer_[0] in the recording
  std::size_t filled_ = 0;
  bool ended_ = false;
};

/// At most `frames` hops of the recording from mel frame `first` on, and what its log-mel sees around them: for audio
/// of at least frames * 160 + 2 * kMelContext samples. Places as of SlidingAudio::at, by kMelContext earlier.
[[nodiscard]] frontend::MelPart mel_part(SlidingAudio& audio, std::int64_t first, std::int64_t frames);
/// Its samples without what is around.
[[nodiscard]] std::span<const float> sound_of(const frontend::MelPart& part);

/// log10 of the loudest mel power of all that comes from `source`; `mel` ([n_mels, 3000]) is for its use.
[[nodiscard]] float largest_log(const frontend::LogMel& log_mel, const audio::WindowReader::Source& source,
                                std::span<float> mel);

}  // namespace seben::pipeline
