// SPDX-License-Identifier: Apache-2.0
#define SEBEN_SIMD_BYTES 16
#define SEBEN_SIMD_NAMESPACE plain
#include "quant/affine_ops_impl.h"

namespace seben::quant {

extern const AffineOps affine_ops_plain;
const AffineOps affine_ops_plain = {"plain", plain::encode, plain::decode};

}  // namespace seben::quant
