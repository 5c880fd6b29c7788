// SPDX-License-Identifier: Apache-2.0
// Sound as a pipe brings it: 16-bit samples, or a WAV of them that may have no end, as a recorder writes it. No
// seeking, no guessing of formats.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace seben::audio {

/// Bytes in pieces of any size → mono samples in [-1, 1).
class PcmReader {
 public:
  /// `source` begins the errors. `rate`: of samples without a header; 0: not said, then they are at 16 kHz.
  explicit PcmReader(std::string source, int rate = 0);

  /// Appends the samples that these bytes complete. Error(bad_data) for a WAV of another kind than 16-bit PCM of 1 to 8
  /// channels at 8000..48000 Hz, and for one whose header has no end; Error(usage) where a rate was said and a WAV
  /// says another.
  void push(std::span<const std::byte> bytes, std::vector<float>& out);
  /// After the last byte: Error(bad_data) where the header or a sample is cut off.
  void finish(std::vector<float>& out);

  /// Nothing before the first bytes have told whether there is a header.
  [[nodiscard]] std::optional<int> sample_rate() const noexcept { return known_rate_; }

 private:
  enum class State : std::uint8_t { start, chunk, format, skip, samples, behind };

  bool step(std::vector<float>& out);
  void read_format(std::span<const std::byte> fields);
  void read_samples(std::vector<float>& out);
  [[nodiscard]] std::uint32_t number(std::size_t at, std::size_t bytes) const noexcept;
  void drop(std::size_t bytes);

  std::string source_;
  int rate_;
  std::optional<int> known_rate_;
  State state_ = State::start;
  std::vector<std::byte> waiting_;
  std::size_t at_ = 0;                 // in waiting_
  std::uint64_t left_ = 0;             // of a chunk that is passed over
  std::optional<std::uint64_t> size_;  // of the samples that are left, where it is known
  std::uint64_t header_ = 0;           // bytes before the samples
  std::size_t channels_ = 1;
  bool has_format_ = false;
};

}  // namespace seben::audio
