// SPDX-License-Identifier: Apache-2.0
// Do two checkpoints share an encoder? distil-large-v2 keeps large-v2's, for example.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "export/source.h"

namespace seben::deploy {

struct EncoderComparison {
  std::int64_t tensors = 0;            ///< of an encoder of that size
  std::vector<std::string> different;  ///< names whose values differ, or "sizes" when the configurations do
  [[nodiscard]] bool same() const noexcept { return tensors > 0 && different.empty(); }
};

/// Compares SHA-256 over the values of every tensor as f32, so that a file stored in another dtype without loss counts
/// as equal.
[[nodiscard]] EncoderComparison compare_encoders(const Source& a, const Source& b,
                                                 const std::function<void(double share)>& progress = {});

}  // namespace seben::deploy
