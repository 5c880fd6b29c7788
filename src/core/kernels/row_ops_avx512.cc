// SPDX-License-Identifier: Apache-2.0
#define SEBEN_SIMD_BYTES 64
#define SEBEN_SIMD_NAMESPACE avx512
#include "kernels/row_ops_impl.h"

namespace seben::kernels {

extern const RowOps row_ops_avx512;
const RowOps row_ops_avx512 = avx512::make_row_ops("avx512");

}  // namespace seben::kernels
