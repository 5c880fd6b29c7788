// SPDX-License-Identifier: Apache-2.0
#define SEBEN_SIMD_BYTES 32
#define SEBEN_SIMD_NAMESPACE avx2
#include "quant/affine_ops_impl.h"

namespace seben::quant {

extern const AffineOps affine_ops_avx2;
const AffineOps affine_ops_avx2 = {"avx2", avx2::encode, avx2::decode};

}  // namespace seben::quant
