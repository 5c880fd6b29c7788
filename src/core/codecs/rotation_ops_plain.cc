// SPDX-License-Identifier: Apache-2.0
#define SEBEN_SIMD_BYTES 16
#define SEBEN_SIMD_NAMESPACE plain
#include "codecs/rotation_ops_impl.h"

namespace seben::quant {

extern const RotationOps rotation_ops_plain;
const RotationOps rotation_ops_plain = plain::make_rotation_ops("plain");

}  // namespace seben::quant
