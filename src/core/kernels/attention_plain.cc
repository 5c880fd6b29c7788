// SPDX-License-Identifier: Apache-2.0
#define SEBEN_SIMD_BYTES 16
#define SEBEN_SIMD_NAMESPACE plain
#include "kernels/attention_impl.h"

namespace seben::kernels {

extern const AttentionOps attention_ops_plain;
const AttentionOps attention_ops_plain = {
    "plain", plain::packed_keys, plain::packed_values, plain::scratch_floats, plain::pack_f32, plain::run_f32, nullptr,
    nullptr};

}  // namespace seben::kernels
