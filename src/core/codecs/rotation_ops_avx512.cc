// SPDX-License-Identifier: Apache-2.0
#define SEBEN_SIMD_BYTES 64
#define SEBEN_SIMD_NAMESPACE avx512
#include "codecs/rotation_ops_impl.h"

namespace seben::quant {

extern const RotationOps rotation_ops_avx512;
const RotationOps rotation_ops_avx512 = avx512::make_rotation_ops("avx512");

}  // namespace seben::quant
