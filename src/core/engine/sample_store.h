// SPDX-License-Identifier: Apache-2.0
// Samples of a recording that is listened to twice and may come through a pipe: in memory, the rest in a scratch file.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "audio/byte_source.h"
#include "base/scratch_file.h"

namespace seben::pipeline {

/// First everything is added, then everything is read. What a decoder of recordings makes takes two bytes a sample.
class SampleStore {
 public:
  static constexpr std::size_t kKeptBytes = std::size_t{10} * 60 * 16000 * 2;  ///< ten minutes

  /// `kept`: bytes that stay in memory, about.
  explicit SampleStore(std::size_t kept = kKeptBytes) : kept_(kept) {}

  /// Error(io) when there is no room for a temporary file.
  void add(std::span<const float> samples);
  /// The next samples as they were added, bit for bit; fewer than asked only at the end. Error(io).
  [[nodiscard]] std::size_t read(std::span<float> out);

 private:
  void write_block();
  [[nodiscard]] bool read_block();
  void put(std::span<const std::byte> bytes);
  [[nodiscard]] bool get(std::span<std::byte> bytes);
  void begin_reading();

  std::size_t kept_;
  std::vector<float> block_;  // being filled, or being read
  std::size_t taken_ = 0;     // of a block being read
  std::vector<std::byte> memory_;
  std::size_t memory_at_ = 0;
  std::optional<base::ScratchFile> file_;
  std::unique_ptr<audio::ByteSource> rest_;
  bool reading_ = false;
};

}  // namespace seben::pipeline
