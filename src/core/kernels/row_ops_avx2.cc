// SPDX-License-Identifier: Apache-2.0
#define SEBEN_SIMD_BYTES 32
#define SEBEN_SIMD_NAMESPACE avx2
#include "kernels/row_ops_impl.h"

namespace seben::kernels {

extern const RowOps row_ops_avx2;
const RowOps row_ops_avx2 = avx2::make_row_ops("avx2");

}  // namespace seben::kernels
