// SPDX-License-Identifier: Apache-2.0
// The makers behind make_codec, and what they share.
#pragma once

#include <memory>
#include <string>

#include "quant/affine_ops.h"
#include "quant/codec.h"

namespace seben::quant {

inline constexpr float kLargestHalf = 65504.0F;
inline constexpr std::uint32_t kLargestHalfBits = 0x477FE000U;

[[nodiscard]] inline AffineLayout layout_of(const CodecSpec& spec) { return {spec.bits, spec.group, spec.symmetric}; }

[[nodiscard]] std::unique_ptr<FrameCodec> make_affine_codec(const CodecSpec& spec, std::int64_t dim,
                                                            const std::string& where);
[[nodiscard]] std::unique_ptr<FrameCodec> make_turbo_codec(const CodecSpec& spec, std::int64_t dim,
                                                           const std::string& where);

}  // namespace seben::quant
