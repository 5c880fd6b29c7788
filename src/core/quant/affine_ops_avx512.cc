// SPDX-License-Identifier: Apache-2.0
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"  // a false alarm of GCC 12 about its own intrinsics
#endif
#define SEBEN_SIMD_BYTES 64
#define SEBEN_SIMD_NAMESPACE avx512
#include "quant/affine_ops_impl.h"

namespace seben::quant {

extern const AffineOps affine_ops_avx512;
const AffineOps affine_ops_avx512 = {"avx512", avx512::encode, avx512::decode};

}  // namespace seben::quant
