// SPDX-License-Identifier: Apache-2.0
// Keys and values of one window's features.
#pragma once

#include <cstddef>
#include <cstdint>
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

 private:
  friend class IncrementalDecoder;
  friend class DecoderPass;
  std::int64_t frames_ = 0;
  std::vector<quant::KvHeads> layers_;
};

}  // namespace seben::whisper
