// SPDX-License-Identifier: Apache-2.0
#define SEBEN_SIMD_BYTES 64
#define SEBEN_SIMD_NAMESPACE avx512
#include "kernels/narrow_impl.h"

namespace seben::kernels {

extern const NarrowOps narrow_ops_avx512;
const NarrowOps narrow_ops_avx512 = avx512::make_narrow_ops("avx512");

}  // namespace seben::kernels
