// SPDX-License-Identifier: Apache-2.0
// Keys and values of one window's features.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "quant/kv_cache.h"

namespace seben::whisper {

/// For every layer, shared by all hypotheses. Reused from window to window.
class CrossCache {
 public:
  [[nodiscard]] std::int64_t frames() const noexcept { return frames_; }
  [[nodiscard]] std::size_t bytes() const noexcept {
    std::size_t sum = 0;
    for (const auto& layer : layers_) sum += layer.bytes();
    return sum;
  }
  /// Keys and values of one layer, [frames, d_model] each, to be compared with another implementation's.
  /// Error(internal) unless they are kept in f32.
  [[nodiscard]] std::pair<std::vector<float>, std::vector<float>> rows(std::size_t layer) const {
    const auto width = static_cast<std::size_t>(layers_.at(layer).shape().width());
    std::vector<float> keys(static_cast<std::size_t>(frames_) * width), values(keys.size());
    for (std::int64_t f = 0; f < frames_; ++f) {
      const std::size_t at = static_cast<std::size_t>(f) * width;
      layers_[layer].read(f, keys.data() + at, values.data() + at);
    }
    return {std::move(keys), std::move(values)};
  }

 private:
  friend class IncrementalDecoder;
  friend class DecoderPass;
  std::int64_t frames_ = 0;
  std::vector<quant::KvHeads> layers_;
};

}  // namespace seben::whisper
