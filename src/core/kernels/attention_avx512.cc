// SPDX-License-Identifier: Apache-2.0
#define SEBEN_SIMD_BYTES 64
#define SEBEN_SIMD_NAMESPACE avx512
#include "kernels/attention_bf16.h"

namespace seben::kernels {

extern const AttentionOps attention_ops_avx512;
const AttentionOps attention_ops_avx512 = {
    "avx512",         avx512::packed_keys, avx512::packed_values, avx512::scratch_floats,
    avx512::pack_f32, avx512::run_f32,     avx512::pack_bf16,     avx512::run_bf16};

}  // namespace seben::kernels
