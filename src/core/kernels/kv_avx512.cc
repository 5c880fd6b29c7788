// SPDX-License-Identifier: Apache-2.0
#define SEBEN_SIMD_BYTES 64
#define SEBEN_SIMD_NAMESPACE avx512
#include "kernels/kv_impl.h"

namespace seben::kernels {

extern const KvOps kv_ops_avx512;
const KvOps kv_ops_avx512 = avx512::make_kv_ops("avx512");

}  // namespace seben::kernels
