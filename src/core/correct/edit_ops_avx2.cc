// SPDX-License-Identifier: Apache-2.0
#define SEBEN_SIMD_BYTES 32
#define SEBEN_SIMD_NAMESPACE avx2
#include "correct/edit_ops_impl.h"

namespace seben::ctc {

extern const EditOps edit_ops_avx2;
const EditOps edit_ops_avx2 = avx2::make_edit_ops("avx2");

}  // namespace seben::ctc
