// SPDX-License-Identifier: Apache-2.0
// How affine codes of a name are laid out, for weights, caches and frames alike. Not for the files that are compiled
// for one instruction set: those include affine_ops.h alone.
#pragma once

#include <cstdint>

#include "quant/affine_ops.h"
#include "quant/spec.h"

namespace seben::quant {

/// The largest number that fp16 holds, and its bits as a float: what AffineOps::encode compares with.
inline constexpr float kLargestHalf = 65504.0F;
inline constexpr std::uint32_t kLargestHalfBits = 0x477FE000U;

/// Of an affine codec.
[[nodiscard]] inline AffineLayout layout_of(const CodecSpec& spec) { return {spec.bits, spec.group, spec.symmetric}; }

}  // namespace seben::quant
