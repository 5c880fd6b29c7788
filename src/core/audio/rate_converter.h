// SPDX-License-Identifier: Apache-2.0
// Mono samples of a microphone's rate → 16 kHz, as they come in.
#pragma once

#include <memory>
#include <span>
#include <vector>

namespace seben::audio {

/// What comes out equals what AudioDecoder makes of a recording with these samples, and does not depend on how they
/// were cut. Samples at 16 kHz come out as they went in.
class RateConverter {
 public:
  /// Error(usage) outside 8000..48000 Hz, and for anything but 16 kHz where the library was built without a reader of
  /// recordings.
  explicit RateConverter(int sample_rate);
  RateConverter(RateConverter&&) noexcept;
  RateConverter& operator=(RateConverter&&) noexcept;
  ~RateConverter();

  /// Appends the samples that these complete; they are finite.
  void push(std::span<const float> samples, std::vector<float>& out);
  /// Appends what the filter still holds. Then the converter is as new.
  void finish(std::vector<float>& out);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;  // nothing at 16 kHz
};

}  // namespace seben::audio
