// SPDX-License-Identifier: Apache-2.0
#define SEBEN_SIMD_BYTES 64
#define SEBEN_SIMD_NAMESPACE avx512
#include "correct/edit_ops_impl.h"

namespace seben::ctc {

extern const EditOps edit_ops_avx512;
const EditOps edit_ops_avx512 = avx512::make_edit_ops("avx512");

}  // namespace seben::ctc
