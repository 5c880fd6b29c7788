// SPDX-License-Identifier: Apache-2.0
#define SEBEN_SIMD_BYTES 32
#define SEBEN_SIMD_NAMESPACE avx2
#include "kernels/attention_impl.h"

namespace seben::kernels {

extern const AttentionOps attention_ops_avx2;
const AttentionOps attention_ops_avx2 = {
    "avx2", avx2::packed_keys, avx2::packed_values, avx2::scratch_floats, avx2::pack_f32, avx2::run_f32, nullptr,
    nullptr};

}  // namespace seben::kernels
