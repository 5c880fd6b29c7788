// SPDX-License-Identifier: Apache-2.0
#define SEBEN_SIMD_BYTES 32
#define SEBEN_SIMD_NAMESPACE avx2
#include "kernels/narrow_impl.h"

namespace seben::kernels {

extern const NarrowOps narrow_ops_avx2;
const NarrowOps narrow_ops_avx2 = avx2::make_narrow_ops("avx2");

}  // namespace seben::kernels
