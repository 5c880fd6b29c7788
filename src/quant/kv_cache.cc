// SPDX-License-Identifier: Apache-2.0
#include "quant/kv_cache.h"

#include <fmt/format.h>

#include <algorithm>

#include "seben/error.h"

namespace seben::quant {

KvCache::KvCache(const KvShape& shape, const CodecSpec& keys, const CodecSpec& values)
    : shape_(shape),
      key_codec_(make_codec(keys, shape.width, "keys")),
      value_codec_(make_codec(values, shape.width, "values")),
      lengths_(static_cast<std::size_t>(shape.layers), 0) {
  const auto rows = static_cast<std::size_t>(shape.layers * shape.positions);
  keys_.resize(rows * key_codec_->frame_bytes());
  values_.resize(rows * value_codec_->frame_bytes());
}

void KvCache::append(std::int64_t layer, std::span<const float> key, std::span<const float> value) {
  std::int64_t& length = lengths_.at(static_cast<std::size_t>(layer));
  if (length >= shape_.positions) {
    throw Error(ErrorCategory::internal, "KvCache", fmt::format("at most {} positions", shape_.positions), "one more");
  }
  const auto row = static_cast<std::size_t>(layer * shape_.positions + length);
  const std::size_t key_bytes = key_codec_->frame_bytes(), value_bytes = value_codec_->frame_bytes();
  key_codec_->encode(key, std::span(keys_).subspan(row * key_bytes, key_bytes), "key");
  value_codec_->encode(value, std::span(values_).subspan(row * value_bytes, value_bytes), "value");
  ++length;
}

void KvCache::read(const FrameCodec& codec, const std::vector<std::byte>& rows, std::int64_t layer, std::int64_t first,
                   std::span<float> out) const {
  const auto count = static_cast<std::int64_t>(out.size()) / shape_.width;
  if (first < 0 || first + count > length(layer)) {
    throw Error(ErrorCategory::internal, "KvCache", fmt::format("positions below {}", length(layer)),
                fmt::format("{} to {}", first, first + count - 1));
  }
  const auto row = static_cast<std::size_t>(layer * shape_.positions + first);
  codec.decode(
      std::span(rows).subspan(row * codec.frame_bytes(), static_cast<std::size_t>(count) * codec.frame_bytes()), out);
}

void KvCache::read_keys(std::int64_t layer, std::int64_t first, std::span<float> out) const {
  read(*key_codec_, keys_, layer, first, out);
}

void KvCache::read_values(std::int64_t layer, std::int64_t first, std::span<float> out) const {
  read(*value_codec_, values_, layer, first, out);
}

void KvCache::truncate(std::int64_t length) {
  for (std::int64_t& own : lengths_) own = std::min(own, length);
}

}  // namespace seben::quant
