// SPDX-License-Identifier: Apache-2.0
// The makers behind make_codec.
#pragma once

#include <memory>
#include <string>

#include "codecs/codec.h"

namespace seben::quant {

[[nodiscard]] std::unique_ptr<FrameCodec> make_affine_codec(const CodecSpec& spec, std::int64_t dim,
                                                            const std::string& where);
[[nodiscard]] std::unique_ptr<FrameCodec> make_turbo_codec(const CodecSpec& spec, std::int64_t dim,
                                                           const std::string& where);

}  // namespace seben::quant
