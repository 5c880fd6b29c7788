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
  std::int64_t tensors = 0;            ///< that were compared; none where the sizes differ
  std::vector<std::string> different;  ///< names of tensors whose values differ
  std::vector<std::string> sizes;      ///< "layers 32 and 4": what of the configurations differs
  [[nodiscard]] bool same() const noexcept { return tensors > 0 && different.empty() && sizes.empty(); }
};

/// Compares SHA-256 over the values of every tensor as f32, so that a file stored in another dtype without loss counts
/// as equal. Encoders of different sizes have no tensors to compare.
[[nodiscard]] EncoderComparison compare_encoders(const Source& a, const Source& b,
                                                 const std::function<void(double share)>& progress = {});

/// One line for people: the same, of other sizes and which, or how many tensors differ.
[[nodiscard]] std::string to_text(const EncoderComparison& comparison);

}  // namespace seben::deploy
