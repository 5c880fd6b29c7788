// SPDX-License-Identifier: Apache-2.0
#define SEBEN_SIMD_BYTES 32
#define SEBEN_SIMD_NAMESPACE avx2
#include "kernels/kv_impl.h"

namespace seben::kernels {

extern const KvOps kv_ops_avx2;
const KvOps kv_ops_avx2 = avx2::make_kv_ops("avx2");

}  // namespace seben::kernels
