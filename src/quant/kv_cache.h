// SPDX-License-Identifier: Apache-2.0
// Keys and values of a text decoder, coded as they come: one row of each a position, layer by layer. Preallocated for
// all positions; rows are restored in runs, for the product with a query.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "quant/codec.h"

namespace seben::quant {

struct KvShape {
  std::int64_t layers = 0;
  std::int64_t positions = 0;  ///< at most, 448 for Whisper
  std::int64_t width = 0;      ///< of a row: all heads side by side
};

class KvCache {
 public:
  /// Keys and values may have different codecs: keys with a scale a vector collapse where channels differ in size, so
  /// that group-affine ones are the safe choice. Error(usage) for a codec that the width cannot have.
  KvCache(const KvShape& shape, const CodecSpec& keys, const CodecSpec& values);

  /// The next position of a layer; key and value are [width]. Error(internal) beyond the last position, Error(bad_data)
  /// for numbers that are not finite.
  void append(std::int64_t layer, std::span<const float> key, std::span<const float> value);
  [[nodiscard]] std::int64_t length(std::int64_t layer) const { return lengths_.at(static_cast<std::size_t>(layer)); }
  /// Positions first .. first + n - 1 of a layer; out is [n, width].
  void read_keys(std::int64_t layer, std::int64_t first, std::span<float> out) const;
  void read_values(std::int64_t layer, std::int64_t first, std::span<float> out) const;
  /// Forgets what follows the first `length` positions of every layer: for beams and for another window (0).
  void truncate(std::int64_t length);
  [[nodiscard]] std::size_t bytes() const noexcept { return keys_.size() + values_.size(); }

 private:
  void read(const FrameCodec& codec, const std::vector<std::byte>& rows, std::int64_t layer, std::int64_t first,
            std::span<float> out) const;

  KvShape shape_;
  std::unique_ptr<FrameCodec> key_codec_, value_codec_;
  std::vector<std::byte> keys_, values_;  ///< [layers, positions, frame bytes]
  std::vector<std::int64_t> lengths_;
};

}  // namespace seben::quant
