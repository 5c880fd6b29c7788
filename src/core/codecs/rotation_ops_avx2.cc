// SPDX-License-Identifier: Apache-2.0
#define SEBEN_SIMD_BYTES 32
#define SEBEN_SIMD_NAMESPACE avx2
#include "codecs/rotation_ops_impl.h"

namespace seben::quant {

extern const RotationOps rotation_ops_avx2;
const RotationOps rotation_ops_avx2 = avx2::make_rotation_ops("avx2");

}  // namespace seben::quant
